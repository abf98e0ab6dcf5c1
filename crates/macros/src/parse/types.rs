//! Reading the author's types, as far as syntax goes: what they mean is up to the traits.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parse;
use syn::visit::{self, Visit};
use syn::{
    GenericArgument, Generics, PathArguments, Type, TypeGroup, TypeImplTrait, TypeParen, TypePath, TypeReference,
};

use crate::errors::Errors;

/// `syntax` with `Self` spelled out: the glue has another `Self`.
pub(super) fn without_self<T: Parse + ToTokens + Clone>(syntax: &T, owner: Option<&Ident>) -> T {
    let Some(owner) = owner else { return syntax.clone() };
    syn::parse2(replace_self(syntax.to_token_stream(), owner)).unwrap_or_else(|_| syntax.clone())
}

fn replace_self(tokens: TokenStream, owner: &Ident) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let mut owner = owner.clone();
                owner.set_span(ident.span());
                owner.into()
            }
            TokenTree::Group(group) => {
                let mut replaced = Group::new(group.delimiter(), replace_self(group.stream(), owner));
                replaced.set_span(group.span());
                replaced.into()
            }
            other => other,
        })
        .collect()
}

/// The type without parentheses, and without the group that the `$t:ty` of a `macro_rules!` comes in.
pub(crate) fn peeled(mut ty: &Type) -> &Type {
    while let Type::Paren(TypeParen { elem, .. }) | Type::Group(TypeGroup { elem, .. }) = ty {
        ty = elem;
    }
    ty
}

/// The last segment of a plain path type and its first type argument: `Result<Self, E>` → (`Result`, `Self`).
pub(crate) fn head(ty: &Type) -> Option<(&Ident, Option<&Type>)> {
    let Type::Path(TypePath { qself: None, path, .. }) = peeled(ty) else { return None };
    let last = path.segments.last()?;
    let argument = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(peeled(ty)),
            _ => None,
        }),
        _ => None,
    };
    Some((&last.ident, argument))
}

/// Refuses generic parameters and `where` clauses.
pub(super) fn refuse_generics(generics: &Generics, what: &str, errors: &mut Errors) {
    if let Some(first) = generics.params.first() {
        let cure = match first {
            syn::GenericParam::Lifetime(_) => "leave the lifetimes out",
            syn::GenericParam::Type(_) => "name the types",
            syn::GenericParam::Const(_) => "name the values",
        };
        let message = format!("{what} cannot be generic: a host calls the compiled code, so {cure}");
        errors.push(&generics.params, message);
    }
}

/// What to write instead of a borrow: `&str` → `String`.
pub(super) fn owned(reference: &TypeReference) -> String {
    match peeled(&reference.elem) {
        Type::Path(path) if path.path.is_ident("str") => "`String`".to_owned(),
        Type::Slice(slice) if matches!(head(&slice.elem), Some((ident, _)) if ident == "u8") => {
            "`Bytes` or `Vec<u8>`".to_owned()
        }
        Type::Slice(slice) => format!("`Vec<{}>`", text(&slice.elem)),
        Type::TraitObject(object) => format!("`Arc<{}>`", text(object)),
        other => format!("`{0}`, or `Arc<{0}>` for an #[object]", text(other)),
    }
}

/// Refuses a borrow in what Rust passes to the host. True when there was one.
pub(super) fn refuse_borrowed(shape: &Shape<'_>, errors: &mut Errors) -> bool {
    let Some(reference) = shape.reference else { return false };
    let instead = owned(reference);
    errors.push(reference, format!("a host keeps what it is given, so it cannot borrow: pass {instead}"));
    true
}

/// A type as the author would write it.
pub(super) fn text(ty: &impl ToTokens) -> String {
    crate::text::tidy(ty.to_token_stream())
}

/// The first `&` and the first `impl Trait` in a type.
#[derive(Default)]
pub(super) struct Shape<'a> {
    pub(super) reference: Option<&'a TypeReference>,
    pub(super) impl_trait: Option<&'a TypeImplTrait>,
}

impl<'a> Shape<'a> {
    pub(super) fn of(ty: &'a Type) -> Self {
        let mut shape = Self::default();
        shape.visit_type(ty);
        shape
    }
}

impl<'a> Visit<'a> for Shape<'a> {
    fn visit_type_reference(&mut self, reference: &'a TypeReference) {
        self.reference.get_or_insert(reference);
        visit::visit_type_reference(self, reference);
    }

    fn visit_type_impl_trait(&mut self, impl_trait: &'a TypeImplTrait) {
        self.impl_trait.get_or_insert(impl_trait);
    }
}
