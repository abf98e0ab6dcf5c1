//! Parameters that take a function of the host's.

use proc_macro2::Ident;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{ParenthesizedGenericArguments, PathArguments, ReturnType, Token, Type, TypeParamBound, parse_quote};

use super::types;
use crate::errors::Errors;
use crate::ir::{HostFunction, Mode, Overflow, Way};

/// Where the parameter stands.
pub(super) struct Spot<'a> {
    pub(super) owner: Option<&'a Ident>,
    pub(super) function: &'a Ident,
    pub(super) param: &'a Ident,
    /// Among the parameters.
    pub(super) index: usize,
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
        _ => (false, types::peeled(ty)),
    };
    let (pointer, called) = match types::head(ty) {
        Some((ident, Some(inner))) if ident == "Box" || ident == "Arc" => (Some(ident.clone()), inner),
        _ => (None, ty),
    };
    let callable = Callable::find(bounds(called)?)?;
    let written = match &callable.arguments.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => types::without_self(types::peeled(ty), spot.owner),
    };
    let (output, future) = match boxed_future(&written) {
        Some(output) if !callable.is_async() => (output.clone(), Some(written)),
        _ => (written, None),
    };
    let way = match (callable.is_async() || future.is_some(), is_unit(&output)) {
        (true, _) => Way::Await,
        (false, true) => Way::Notify,
        (false, false) => Way::Here,
    };
    if let Some(message) = callable.refused(way, pointer.as_ref(), spot) {
        errors.push(called, message);
    }
    let ParenthesizedGenericArguments { inputs, .. } = callable.arguments;
    let inputs: Vec<Type> = inputs.iter().map(|arg| types::without_self(types::peeled(&arg.ty), spot.owner)).collect();
    refuse_inputs(called, callable.arguments, errors);
    let ty = types::without_self(ty, spot.owner);
    Some(HostFunction { signature: signature(spot), optional, ty, pointer, way, inputs, output, future, overflow })
}

/// How many arguments core's `Arguments` goes up to.
pub(super) const MOST: usize = 6;

/// What to write instead of a borrowed or generic function: `&mut dyn FnMut(u32)` → `impl Fn(u32)`.
pub(super) fn owned<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<String> {
    let callable = Callable::find(bounds)?;
    let name = if callable.is_async() { "AsyncFn" } else { "Fn" };
    let ParenthesizedGenericArguments { inputs, output, .. } = callable.arguments;
    Some(format!("impl {name}({}){}", types::text(inputs), types::text(output)))
}

/// The bounds of `impl ..` or `dyn ..`.
pub(super) fn bounds(ty: &Type) -> Option<&Punctuated<TypeParamBound, Token![+]>> {
    match types::peeled(ty) {
        Type::ImplTrait(ty) => Some(&ty.bounds),
        Type::TraitObject(ty) => Some(&ty.bounds),
        _ => None,
    }
}

pub(super) fn is_unit(ty: &Type) -> bool {
    matches!(types::peeled(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// The `R` of `BoxFuture<'static, R>`.
fn boxed_future(ty: &Type) -> Option<&Type> {
    let (ident, output) = types::head(ty)?;
    output.filter(|_| ident == "BoxFuture")
}

/// The glue's type. The length says where the owner's name ends, and so no two parameters of a module share one.
fn signature(spot: &Spot<'_>) -> Ident {
    let owner = spot.owner.map(|owner| owner.unraw().to_string()).unwrap_or_default();
    format_ident!("__Host{}_{}_{}_{}", owner.len(), owner, spot.function.unraw(), spot.index)
}

fn refuse_inputs(called: &Type, arguments: &ParenthesizedGenericArguments, errors: &mut Errors) {
    for input in &arguments.inputs {
        types::refuse_borrowed(&types::Shape::of(&input.ty), errors);
    }
    if arguments.inputs.len() > MOST {
        errors.push(called, format!("a function of the host's takes at most {MOST} arguments: pass a #[record]"));
    }
}

/// `Fn(..)` or one of its relatives.
struct Callable<'a> {
    name: String,
    arguments: &'a ParenthesizedGenericArguments,
}

impl<'a> Callable<'a> {
    fn find(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<Self> {
        bounds.into_iter().find_map(Self::of)
    }

    fn of(bound: &'a TypeParamBound) -> Option<Self> {
        const NAMES: &[&str] = &["Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"];
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last()?;
        let name = last.ident.to_string();
        match &last.arguments {
            PathArguments::Parenthesized(arguments) if NAMES.contains(&name.as_str()) => Some(Self { name, arguments }),
            _ => None,
        }
    }

    fn is_async(&self) -> bool {
        self.name.starts_with("Async")
    }

    /// Why it cannot be called this way, or not there.
    fn refused(&self, way: Way, pointer: Option<&Ident>, spot: &Spot<'_>) -> Option<String> {
        let (name, param) = (&self.name, spot.param.unraw());
        let inputs = types::text(&self.arguments.inputs);
        let output = match &self.arguments.output {
            ReturnType::Default => "()".to_owned(),
            ReturnType::Type(_, ty) => types::text(ty),
        };
        let future = format!("Fn({inputs}) -> BoxFuture<'static, {output}>");
        let message = match (way, pointer, spot.mode) {
            (Way::Await, Some(pointer), _) if self.is_async() => format!(
                "Rust has no `dyn {name}`: take `impl {name}(..)`, or, to keep it, `{pointer}<dyn {future} + Send + Sync>` or an `Arc<dyn Trait>` of a #[callback] trait"
            ),
            (Way::Await, _, Mode::Sync | Mode::Blocking) if self.is_async() => format!(
                "a plain `fn` cannot await `{param}`: make it an `async fn`, or, to keep it or to await it in a task of its own, take `impl {future}`"
            ),
            (Way::Here, Some(pointer), _) => format!(
                "`{param}` gives its value on the host's thread only, and what is kept in `{pointer}` may be called elsewhere: take `{pointer}<dyn {future} + Send + Sync>` and await it, or an `Arc<dyn Trait>` of a #[callback] trait"
            ),
            (Way::Here, None, Mode::Blocking) => format!(
                "a #[blocking] function would have to wait until the host's thread has called `{param}`: make it an `async fn`, write `impl AsyncFn({inputs}) -> {output}` and await it (a plain function of the host's will do for it)"
            ),
            (Way::Here, None, Mode::Async | Mode::Spawn) => format!(
                "Rust would have to stop a worker until the host's thread has called `{param}`: write `impl AsyncFn({inputs}) -> {output}` and await it (a plain function of the host's will do for it), or `impl {future}` to await it in a task of its own, or make this an `async fn` with #[local]"
            ),
            _ => return None,
        };
        Some(message)
    }
}
