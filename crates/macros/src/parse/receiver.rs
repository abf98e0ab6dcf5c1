//! `self`, in the forms that a shared object allows.

use syn::{FnArg, ReceiverKind, Signature, Type};

use super::{attrs, types};
use crate::errors::Errors;
use crate::ir::{Mode, Receiver};

/// How the method takes its object; `None` without one, and where the form is refused.
pub(super) fn receiver(sig: &mut Signature, mode: Mode, errors: &mut Errors) -> Option<Receiver> {
    let Some(FnArg::Receiver(receiver)) = sig.inputs.first_mut() else { return None };
    attrs::refuse(&mut receiver.attrs, &[], errors);
    let mutable = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => return Some(Receiver::Ref),
        ReceiverKind::Reference(_, _, Some(_)) => true,
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(reference) if is_self(&reference.elem) => match reference.mutability {
                None => return Some(Receiver::Ref),
                Some(_) => true,
            },
            ty if is_arc(ty) => return Some(Receiver::Arc),
            _ => false,
        },
        _ => false,
    };
    let message = match (mutable, mode) {
        (true, Mode::Sync | Mode::Blocking) => {
            "hosts share an object, so no call has it to itself: take `&self`, and keep what changes in a `Mutex`, a `RwLock` or an atomic"
        }
        (true, _) => {
            "hosts share an object, and other calls run while this one waits: take `&self`, and keep what changes in a `Mutex` (an async one, if it is held across an `.await`)"
        }
        (false, _) => {
            "the host keeps the object, so a method cannot consume it: take `&self`, or `self: Arc<Self>`, and keep what is used up in a `Mutex<Option<_>>`"
        }
    };
    errors.push(receiver, message);
    None
}

fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("Self"))
}

fn is_arc(ty: &Type) -> bool {
    matches!(types::head(ty), Some((ident, Some(inner))) if ident == "Arc" && is_self(inner))
}
