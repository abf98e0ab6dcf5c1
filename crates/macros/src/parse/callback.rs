//! `#[callback]` traits, and their implementations in Rust.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{
    Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, ItemTrait, Path, ReturnType, Signature, TraitItem,
    TypeParamBound, Visibility, parse_quote,
};

use super::host_function::{MOST, is_unit};
use super::types::{self, Shape};
use super::{attrs, function, receiver};
use crate::errors::Errors;
use crate::ir::{Callback, CallbackFunction, Param, Way};
use crate::names::{Names, Place};

/// Reads the trait, and gives it the form that a `dyn` of it can have.
pub(super) fn callback(
    item: &mut ItemTrait,
    mark: &Attribute,
    root: &Path,
    number: bool,
    errors: &mut Errors,
) -> Callback {
    types::refuse_generics(&item.generics, "a #[callback] trait", errors);
    refuse_forms(item, errors);
    if !matches!(item.vis, Visibility::Public(_)) {
        errors.push(mark, "what crosses the bridge is public: write `pub trait`");
    }
    let mut functions = Vec::new();
    for item in &mut item.items {
        match item {
            TraitItem::Fn(item) => {
                if let Some(body) = item.default.take() {
                    errors.push(body, "the host implements this: a method of a #[callback] trait has no body");
                    item.semi_token = Some(syn::token::Semi::default());
                }
                if let Some(read) = method(&mut item.attrs, &mut item.sig, number, errors) {
                    boxed(&mut item.sig, root);
                    functions.push(read);
                }
            }
            other => errors.push(other, "a host implements methods only: move this out of the #[callback] trait"),
        }
    }
    if functions.is_empty() && errors.is_empty() {
        errors.push(&item.ident, "a #[callback] trait has at least one method: without one there is nothing to call");
    }
    item.supertraits.push(parse_quote!(#root::__private::MaybeSend));
    item.supertraits.push(parse_quote!(#root::__private::MaybeSync));
    Callback { ident: item.ident.clone(), doc: attrs::doc(&item.attrs), cfgs: attrs::cfgs(&item.attrs), functions }
}

fn refuse_forms(item: &ItemTrait, errors: &mut Errors) {
    if let Some(token) = &item.unsafety {
        errors.push(token, "a host cannot keep the promises that an `unsafe trait` asks for: leave `unsafe` out");
    }
    for bound in item.supertraits.iter().filter(|bound| !holds_anyway(bound)) {
        let name = types::text(bound);
        errors.push(
            bound,
            format!("a host implements the methods of this trait alone: leave `{name}` out (`Send`, `Sync` and `'static` may stand)"),
        );
    }
}

/// Whether the glue's stand-in for the host's object has that.
fn holds_anyway(bound: &TypeParamBound) -> bool {
    match bound {
        TypeParamBound::Lifetime(lifetime) => lifetime.ident == "static",
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| last.ident == "Send" || last.ident == "Sync")
        }
        _ => false,
    }
}

/// Refuses all but `&self`.
fn by_reference(sig: &Signature, errors: &mut Errors) -> bool {
    let message = "Rust calls this on the object that the host passed in: it takes `&self`";
    match sig.receiver() {
        Some(receiver) if receiver::is_reference(receiver) => return true,
        Some(receiver) if receiver::is_shared(receiver) => {
            errors.push(receiver, "who calls this has the `Arc` already: take `&self`");
        }
        Some(receiver) => errors.push(receiver, message),
        // Where there is nothing to point at, the error would stand at the attribute.
        None if sig.inputs.is_empty() => errors.push(&sig.ident, message),
        None => errors.push(&sig.inputs, message),
    }
    false
}

fn method(
    attributes: &mut Vec<Attribute>,
    sig: &mut Signature,
    number: bool,
    errors: &mut Errors,
) -> Option<CallbackFunction> {
    let number = attrs::take_number(attributes, number, errors);
    let overflow = attrs::take_overflow(attributes, errors);
    attrs::refuse(attributes, &[], errors);
    attrs::refuse_cfg(attributes, "a method of a #[callback] trait", errors);
    types::refuse_generics(&sig.generics, "a bridged function", errors);
    function::refuse_forms(sig, errors);
    if !by_reference(sig, errors) {
        return None;
    }
    let way = if sig.asyncness.is_some() { Way::Await } else { Way::Notify };
    let output = match &sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => {
            if let Some(reference) = Shape::of(ty).reference {
                let instead = types::owned(reference);
                errors.push(reference, format!("what comes from a host cannot be borrowed: ask for {instead}"));
            }
            (**ty).clone()
        }
    };
    if way == Way::Notify && !is_unit(&output) {
        let name = &sig.ident;
        errors.push(
            &sig.output,
            format!(
                "Rust would have to stop a worker until the host's thread has called `{name}`: write `async fn {name}` and await it (a plain function of the host's will do for it)"
            ),
        );
    }
    if let (Some((attr, _)), Way::Await) = (&overflow, way) {
        errors.push(attr, "#[overflow] is for notifications, plain `fn`s: this one is awaited, so none piles up");
    }
    let params = params(sig, number.is_on(), errors);
    if params.len() > MOST {
        errors.push(&sig.inputs, format!("a method of the host's takes at most {MOST} arguments: pass a #[record]"));
    }
    Some(CallbackFunction {
        ident: sig.ident.clone(),
        names: Names::new(&sig.ident.unraw().to_string(), Place::Property),
        doc: attrs::doc(attributes),
        way,
        params,
        output,
        number,
        overflow: overflow.map(|(_, overflow)| overflow),
    })
}

fn params(sig: &mut Signature, number: bool, errors: &mut Errors) -> Vec<Param> {
    let mut params = Vec::new();
    for arg in &mut sig.inputs {
        let FnArg::Typed(arg) = arg else { continue };
        let number = attrs::take_number(&mut arg.attrs, number, errors);
        attrs::refuse(&mut arg.attrs, &[], errors);
        attrs::refuse_cfg(&arg.attrs, "a parameter", errors);
        let Some(ident) = function::param_name(arg, errors) else { continue };
        let shape = Shape::of(&arg.ty);
        if let (false, Some(impl_trait)) = (types::refuse_borrowed(&shape, errors), shape.impl_trait) {
            errors.push(impl_trait, "a host takes a value of one type: name it instead of `impl Trait`");
        }
        params.push(Param {
            names: Names::new(&ident.unraw().to_string(), Place::Binding),
            ident,
            ty: (*arg.ty).clone(),
            borrowed: false,
            default: None,
            number,
            function: None,
        });
    }
    params
}

/// `async fn token(&self) -> T` → `fn token(&self) -> BoxFuture<'_, T>`.
fn boxed(sig: &mut Signature, root: &Path) {
    if sig.asyncness.take().is_none() {
        return;
    }
    let output: TokenStream = match &sig.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => quote!(#ty),
    };
    sig.output = parse_quote!(-> #root::__private::BoxFuture<'_, #output>);
}

/// An implementation of such a trait in Rust: its `async fn`s get the trait's form.
pub(crate) fn implementation(item: &mut ItemImpl, root: &Path, errors: &mut Errors) {
    if item.trait_.is_none() {
        errors.push(&item.self_ty, "#[callback] goes on an `impl Trait for Type` of a #[callback] trait");
    }
    for item in &mut item.items {
        if let ImplItem::Fn(ImplItemFn { sig, block, .. }) = item
            && sig.asyncness.is_some()
        {
            boxed(sig, root);
            let body = &block;
            *block = parse_quote!({ ::std::boxed::Box::pin(async move #body) });
        }
    }
}
