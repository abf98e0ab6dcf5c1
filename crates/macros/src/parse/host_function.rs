//! Parameters that take a function of the host's.

use proc_macro2::Ident;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{PathArguments, ReturnType, Type, TypeParamBound, parse_quote};

use super::types;
use crate::errors::Errors;
use crate::ir::{HostFunction, Mode, Overflow, Way};

/// Where the parameter stands.
pub(super) struct Spot<'a> {
    pub(super) owner: Option<&'a Ident>,
    pub(super) function: &'a Ident,
    pub(super) param: &'a Ident,
    pub(super) mode: Mode,
}

/// Reads `ty`, if it is one.
pub(super) fn host_function(
    ty: &Type,
    spot: &Spot<'_>,
    overflow: Option<Overflow>,
    errors: &mut Errors,
) -> Option<HostFunction> {
    let (optional, ty) = match types::head(ty) {
        Some((ident, Some(inner))) if ident == "Option" => (true, inner),
        _ => (false, ty),
    };
    let (pointer, called) = match types::head(ty) {
        Some((ident, Some(inner))) if ident == "Box" || ident == "Arc" => (Some(ident.clone()), inner),
        _ => (None, ty),
    };
    let bounds = match called {
        Type::ImplTrait(called) => &called.bounds,
        Type::TraitObject(called) => &called.bounds,
        _ => return None,
    };
    let (name, arguments) = bounds.iter().find_map(callable)?;
    if name.starts_with("Async") && pointer.is_some() {
        let message = format!(
            "Rust has no `dyn {name}`: take `impl {name}(..)`, or keep what the host passes in as an `Arc<dyn Trait>` of a #[callback] trait"
        );
        errors.push(called, message);
    }
    let output = match &arguments.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => types::without_self(&**ty, spot.owner),
    };
    let way = match (name.starts_with("Async"), is_unit(&output)) {
        (true, _) => Way::Await,
        (false, true) => Way::Notify,
        (false, false) => Way::Here,
    };
    refuse_way(way, called, arguments, spot, errors);
    let inputs: Vec<Type> = arguments.inputs.iter().map(|arg| types::without_self(&arg.ty, spot.owner)).collect();
    for input in &arguments.inputs {
        if let Some(reference) = types::Shape::of(&input.ty).reference {
            let instead = types::owned(reference);
            errors.push(reference, format!("a host keeps what it is given, so it cannot borrow: pass {instead}"));
        }
    }
    if inputs.len() > MOST {
        errors.push(called, format!("a function of the host's takes at most {MOST} arguments: pass a #[record]"));
    }
    let owner = spot.owner.map(|owner| owner.unraw().to_string()).unwrap_or_default();
    let signature = format_ident!("__Host_{}_{}_{}", owner, spot.function.unraw(), spot.param.unraw());
    let ty = types::without_self(ty, spot.owner);
    Some(HostFunction { signature, optional, ty, pointer, way, inputs, output, overflow })
}

/// How many arguments core's `Arguments` goes up to.
pub(super) const MOST: usize = 6;

/// `Fn(..)` and its relatives.
fn callable(bound: &TypeParamBound) -> Option<(String, &syn::ParenthesizedGenericArguments)> {
    const NAMES: &[&str] = &["Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"];
    let TypeParamBound::Trait(bound) = bound else { return None };
    let last = bound.path.segments.last()?;
    let name = last.ident.to_string();
    match &last.arguments {
        PathArguments::Parenthesized(arguments) if NAMES.contains(&name.as_str()) => Some((name, arguments)),
        _ => None,
    }
}

pub(super) fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

fn refuse_way(
    way: Way,
    called: &Type,
    arguments: &syn::ParenthesizedGenericArguments,
    spot: &Spot<'_>,
    errors: &mut Errors,
) {
    let name = spot.param.unraw();
    match (way, spot.mode) {
        (Way::Here, Mode::Async | Mode::Spawn | Mode::Blocking) => {
            let called_as = types::text(&arguments.output);
            let (inputs, output) = (types::text(&arguments.inputs), called_as.trim());
            errors.push(
                called,
                format!(
                    "Rust would have to stop a worker until the host's thread has called `{name}`: write `impl AsyncFn({inputs}) {output}` and await it (a plain function of the host's will do for it), or make this an `async fn` with #[local]"
                ),
            );
        }
        (Way::Await, Mode::Sync | Mode::Blocking) => {
            errors.push(called, format!("a plain `fn` cannot await `{name}`: make it an `async fn`"));
        }
        _ => {}
    }
}
