//! `self`, in the forms that a shared object allows.

use syn::{FnArg, ReceiverKind, Signature, Type};

use super::{attrs, types};
use crate::errors::Errors;
use crate::ir::{Mode, Receiver};

/// How the method takes its object; `None` without one, and where the form is refused.
pub(super) fn receiver(sig: &mut Signature, mode: Mode, errors: &mut Errors) -> Option<Receiver> {
    let Some(FnArg::Receiver(receiver)) = sig.inputs.first_mut() else { return None };
    attrs::refuse(&mut receiver.attrs, &[], errors);
    if is_reference(receiver) {
        return Some(Receiver::Ref);
    } else if is_shared(receiver) {
        return Some(Receiver::Arc);
    }
    let mutable = match &receiver.kind {
        ReceiverKind::Reference(..) => true,
        ReceiverKind::Typed(_, ty) => matches!(types::peeled(ty), Type::Reference(ty) if is_self(&ty.elem)),
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

/// `&self`, however it is written.
pub(super) fn is_reference(receiver: &syn::Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_none(),
        ReceiverKind::Typed(_, ty) => {
            matches!(types::peeled(ty), Type::Reference(ty) if ty.mutability.is_none() && is_self(&ty.elem))
        }
        _ => false,
    }
}

/// `self: Arc<Self>`.
pub(super) fn is_shared(receiver: &syn::Receiver) -> bool {
    let ReceiverKind::Typed(_, ty) = &receiver.kind else { return false };
    matches!(types::head(ty), Some((ident, Some(inner))) if ident == "Arc" && is_self(inner))
}

fn is_self(ty: &Type) -> bool {
    matches!(types::peeled(ty), Type::Path(path) if path.path.is_ident("Self"))
}
