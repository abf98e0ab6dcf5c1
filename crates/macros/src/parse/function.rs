//! Functions and methods.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{
    Attribute, FnArg, Generics, Pat, PatType, ReturnType, Safety, Signature, Type, TypeImplTrait, TypeParamBound,
    WherePredicate, parse_quote,
};

use super::host_function::{self, Spot, host_function};
use super::types::{self, Shape};
use super::{attrs, receiver};
use crate::errors::Errors;
use crate::ir::{Cfgs, Function, HostFunction, Kind, Mode, Number, Param, Receiver, Way};
use crate::names::{Names, Place};

/// Where a function stands.
pub(super) struct Site<'a> {
    /// The object whose `impl` it stands in.
    pub(super) owner: Option<&'a Ident>,
    /// What gates that `impl`.
    pub(super) cfgs: &'a [Attribute],
    /// `#[bridge(number)]`.
    pub(super) number: bool,
    /// The `#[callback]` traits of the module.
    pub(super) callbacks: &'a [Ident],
}

/// Reads a `pub fn` and takes our attributes off it.
pub(super) fn function(
    attributes: &mut Vec<Attribute>,
    sig: &mut Signature,
    place: &Site<'_>,
    errors: &mut Errors,
) -> Option<Function> {
    let getter = attrs::take(attributes, "getter", errors);
    let number = attrs::take_number(attributes, place.number, errors);
    let mode = mode(attributes, sig, errors);
    let setup = attrs::take(attributes, "setup", errors);
    attrs::refuse(attributes, &[], errors);
    refuse_generics(sig, errors);
    refuse_forms(sig, errors);

    let receiver = receiver::receiver(sig, mode, errors);
    let on_instance = sig.receiver().is_some();
    let params = params(sig, mode, place, errors);
    let output = output(sig, place.owner, errors);
    let kind = match place.owner {
        _ if getter.is_some() => Kind::Getter,
        None => Kind::Function,
        Some(_) if on_instance => Kind::Method,
        Some(owner) if mode == Mode::Sync && sig.ident == "new" && makes(owner, &output) => Kind::Constructor,
        Some(_) => Kind::Static,
    };
    if let Some(getter) = getter
        && (place.owner.is_none() || mode != Mode::Sync || !on_instance || !params.is_empty())
    {
        errors.push(
                getter,
                "a #[getter] is read like a field: it takes `&self` and nothing else, and is no `async fn` and not #[blocking]",
            );
    }
    if let Some(setup) = &setup {
        refuse_setup(setup, mode, place, &params, errors);
    }
    if on_instance && place.owner.is_none() {
        return None;
    }

    let rust = sig.ident.unraw().to_string();
    let names = Names::new(&rust, if place.owner.is_some() { Place::Property } else { Place::Binding });
    let mut cfgs: Cfgs = place.cfgs.to_vec();
    cfgs.extend(attrs::cfgs(attributes));
    Some(Function {
        ident: sig.ident.clone(),
        names,
        doc: attrs::doc(attributes),
        cfgs,
        kind,
        mode,
        setup: setup.is_some(),
        owner: place.owner.cloned(),
        receiver: if on_instance { Some(receiver.unwrap_or(Receiver::Ref)) } else { None },
        params,
        output,
        number: if kind == Kind::Constructor { Number::No } else { number },
    })
}

fn mode(attributes: &mut Vec<Attribute>, sig: &Signature, errors: &mut Errors) -> Mode {
    let spawn = attrs::take(attributes, "spawn", errors);
    let local = attrs::take(attributes, "local", errors);
    let blocking = attrs::take(attributes, "blocking", errors);
    if let (Some(attr), true) = (spawn.as_ref().or(local.as_ref()), blocking.is_some()) {
        errors.push(attr, "#[blocking] is for a plain `fn`, #[spawn] and #[local] are for an `async fn`: choose one");
    } else if let (Some(attr), true) = (&spawn, local.is_some()) {
        errors.push(attr, "#[spawn] never runs on the host's thread, #[local] always does: choose one");
    } else if let (Some(attr), false) = (spawn.as_ref().or(local.as_ref()), sig.asyncness.is_some()) {
        let name = types::text(attr.path());
        errors.push(
            attr,
            format!(
                "#[{name}] says where a future is polled, and this is no `async fn`: make it one, or use #[blocking] for a plain `fn` that takes long"
            ),
        );
    } else if let (Some(attr), Some(_)) = (&blocking, sig.asyncness) {
        errors.push(
            attr,
            "#[blocking] runs a plain `fn` on a thread that may block: leave out `async`, or use #[spawn] for a future that is heavy from the start",
        );
    }
    match (sig.asyncness, spawn, local, blocking) {
        (_, Some(_), _, _) => Mode::Spawn,
        (_, _, Some(_), _) => Mode::Local,
        (_, _, _, Some(_)) => Mode::Blocking,
        (Some(_), ..) => Mode::Async,
        (None, ..) => Mode::Sync,
    }
}

fn refuse_setup(attr: &Attribute, mode: Mode, place: &Site<'_>, params: &[Param], errors: &mut Errors) {
    if place.owner.is_some() || mode != Mode::Sync {
        let message = "#[setup] runs before there is a runtime: it goes on a plain `fn` outside of any `impl`, which is not `async` and not #[blocking]";
        errors.push(attr, message);
    }
    if let Some(default) = params.iter().find_map(|param| param.default.as_ref()) {
        errors.push(
            default,
            "a default is evaluated in the runtime, and #[setup] runs before there is one: take an `Option`",
        );
    }
}

fn refuse_generics(sig: &Signature, errors: &mut Errors) {
    match generic_function(sig) {
        Some(instead) => errors.push(
            &sig.generics.params,
            format!("a bridged function cannot be generic, and need not be to take a function: write `{instead}`"),
        ),
        None => types::refuse_generics(&sig.generics, "a bridged function", errors),
    }
}

/// `f: impl AsyncFn(u32)`, for `<F: AsyncFn(u32)>(f: F)`.
fn generic_function(sig: &Signature) -> Option<String> {
    sig.inputs.iter().find_map(|arg| {
        let FnArg::Typed(PatType { pat, ty, .. }) = arg else { return None };
        let name = types::text(pat);
        let (param, optional) = match types::head(ty)? {
            (ident, Some(inner)) if ident == "Option" => (types::head(inner)?.0, true),
            (ident, _) => (ident, false),
        };
        let instead = host_function::owned(bounds_of(param, &sig.generics))?;
        Some(if optional { format!("{name}: Option<{instead}>") } else { format!("{name}: {instead}") })
    })
}

/// What the generic parameter is bound by, there and in the `where` clause.
fn bounds_of<'a>(param: &Ident, generics: &'a Generics) -> Vec<&'a TypeParamBound> {
    let declared =
        generics.type_params().filter(|declared| declared.ident == *param).flat_map(|declared| &declared.bounds);
    let clauses = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let bounded = clauses.filter_map(|predicate| {
        let WherePredicate::Type(bounded) = predicate else { return None };
        let (ident, _) = types::head(&bounded.bounded_ty)?;
        (ident == param).then_some(&bounded.bounds)
    });
    declared.chain(bounded.flatten()).collect()
}

pub(super) fn refuse_forms(sig: &Signature, errors: &mut Errors) {
    if let Safety::Unsafe(token) = &sig.safety {
        errors.push(token, "a host cannot keep the promises that an `unsafe fn` asks for: wrap it in a safe one");
    }
    if let Some(abi) = &sig.abi {
        errors.push(abi, "the bridge calls Rust functions: leave the ABI out, or mark the function #[skip]");
    }
    if let Some(variadic) = &sig.variadic {
        errors.push(variadic, "a bridged function takes no variadic arguments: take a `Vec<_>`");
    }
}

fn params(sig: &mut Signature, mode: Mode, place: &Site<'_>, errors: &mut Errors) -> Vec<Param> {
    let mut params = Vec::new();
    let function = sig.ident.clone();
    for arg in &mut sig.inputs {
        let FnArg::Typed(arg) = arg else { continue };
        let default = attrs::take_default(&mut arg.attrs, errors);
        let number = attrs::take_number(&mut arg.attrs, place.number, errors);
        attrs::refuse(&mut arg.attrs, &["overflow"], errors);
        attrs::refuse_cfg(&arg.attrs, "a parameter", errors);
        let Some(ident) = param_name(arg, errors) else { continue };
        let overflow = attrs::take_overflow(&mut arg.attrs, errors);
        let spot = Spot { owner: place.owner, function: &function, param: &ident, index: params.len(), mode };
        let (overflow_attr, overflow) = overflow.unzip();
        let host_function = host_function(&arg.ty, &spot, overflow, errors);
        if let Some(attr) = overflow_attr
            && !matches!(&host_function, Some(HostFunction { way: Way::Notify, .. }))
        {
            errors.push(attr, "#[overflow] goes on a parameter that is notified: `impl Fn(..)` without a result");
        }
        let (ty, borrowed) = match &host_function {
            Some(host_function) => (host_function.ty.clone(), false),
            None => param_type(&arg.ty, mode, place, errors),
        };
        if let (Some(default), Some(_)) = (&default, &host_function) {
            errors.push(default, "a function has no default: take an `Option` of it");
        }
        if let (Some(default), true) = (&default, borrowed) {
            errors.push(default, "a borrowed parameter has no default: take it by value");
        }
        let names = Names::new(&ident.unraw().to_string(), Place::Binding);
        let default = default.map(|expr| types::without_self(&expr, place.owner));
        params.push(Param { ident, names, ty, borrowed, default, number, function: host_function });
    }
    params
}

pub(super) fn param_name(arg: &PatType, errors: &mut Errors) -> Option<Ident> {
    match &*arg.pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(pat.ident.clone()),
        pat => {
            let message = "a bridged parameter has one name, by which Python passes it: write `name: Type`, and take it apart in the body";
            errors.push(pat, message);
            None
        }
    }
}

/// The type without its `&`, and whether there was one.
fn param_type(ty: &Type, mode: Mode, place: &Site<'_>, errors: &mut Errors) -> (Type, bool) {
    let ty = types::peeled(ty);
    let shape = Shape::of(ty);
    if let Some(reference) = shape.reference
        && let Some(instead) = host_function::bounds(&reference.elem).and_then(host_function::owned)
    {
        errors.push(reference, format!("a function of the host's is held, not borrowed: take `{instead}`"));
    } else if let Some(impl_trait) = shape.impl_trait {
        errors.push(impl_trait, instead_of_impl(impl_trait, place.callbacks));
    } else if let Some(reference) = shape.reference {
        let instead = types::owned(reference);
        if let Some(mutability) = &reference.mutability {
            errors
                .push(mutability, format!("a host's value cannot be changed in place: take {instead}, and return it"));
        } else if mode != Mode::Sync {
            let when = if mode == Mode::Blocking { "runs on another thread" } else { "outlives the call" };
            errors.push(reference, format!("this {when} and cannot borrow its arguments: take {instead}"));
        } else if let Some(lifetime) = &reference.lifetime {
            errors.push(lifetime, format!("the borrow ends with the call: leave the lifetime out, or take {instead}"));
        } else if !matches!(ty, Type::Reference(_)) {
            errors.push(reference, format!("only a whole parameter can be borrowed: use {instead} here"));
        }
    }
    match ty {
        Type::Reference(reference) => (types::without_self(&*reference.elem, place.owner), true),
        other => (types::without_self(other, place.owner), false),
    }
}

fn instead_of_impl(impl_trait: &TypeImplTrait, callbacks: &[Ident]) -> String {
    let named = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => callbacks.iter().find(|callback| bound.path.is_ident(*callback)),
        _ => None,
    };
    if let Some(callback) = impl_trait.bounds.iter().find_map(named) {
        return format!("a host passes an object of its own for a #[callback] trait: take `Arc<dyn {callback}>`");
    }
    "a host passes a value of one type: name it instead of `impl Trait`. For a #[callback] trait it is `Arc<dyn Trait>`, for a function `impl AsyncFn(..)` or `impl Fn(..)`, by itself or in an `Option`".to_owned()
}

fn output(sig: &Signature, owner: Option<&Ident>, errors: &mut Errors) -> Type {
    let ReturnType::Type(_, ty) = &sig.output else { return parse_quote!(()) };
    let shape = Shape::of(ty);
    if let Some(impl_trait) = shape.impl_trait {
        let message = if types::text(impl_trait).contains("Future") {
            "a function that returns a future is written `async fn` here"
        } else {
            "a host takes a value of one type: name it instead of `impl Trait`"
        };
        errors.push(impl_trait, message);
    } else if let Some(reference) = shape.reference {
        let instead = types::owned(reference);
        errors.push(
            reference,
            format!("a host keeps what it is given, so a result cannot be borrowed: return {instead}"),
        );
    }
    types::without_self(ty, owner)
}

/// Whether `output` is `owner`, or a `Result` of it by whatever name.
fn makes(owner: &Ident, output: &Type) -> bool {
    match types::head(output) {
        Some((ident, None)) => ident == owner,
        Some((ident, Some(Type::Path(first)))) => ident.to_string().ends_with("Result") && first.path.is_ident(owner),
        _ => false,
    }
}
