//! Taking our attributes off the author's items, and reading those that stay.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, ExprLit, Lit, Meta, Token};

use crate::errors::Errors;
use crate::ir::{Cfgs, Doc, Number, Overflow};

/// Attributes of ours that take no arguments, and where each belongs.
const FLAGS: &[(&str, &str)] = &[
    ("record", "on a `pub struct` with public fields"),
    ("object", "on a `pub struct`"),
    ("error", "on a `pub enum` that is a `std::error::Error`"),
    ("spawn", "on a `pub async fn`"),
    ("local", "on a `pub async fn`"),
    ("blocking", "on a `pub fn`"),
    ("setup", "on a `pub fn` outside of any `impl`"),
    ("getter", "on a `pub fn` of an #[object] with `&self` and no parameters"),
    ("number", "on a bridged function, parameter or field"),
    ("skip", "on a `pub` item of a bridge module or a `pub fn` of an #[object]"),
    ("callback", "on a `pub trait` that the host implements, or on an `impl` of one"),
    ("overflow", "on a notification: a parameter `impl Fn(..)`, or a plain `fn` of a #[callback] trait"),
];

/// Takes `#[name]` off, and answers it.
pub(super) fn take(attrs: &mut Vec<Attribute>, name: &str, errors: &mut Errors) -> Option<Attribute> {
    let mut found = None;
    attrs.retain(|attr| {
        if !attr.path().is_ident(name) {
            return true;
        }
        match &attr.meta {
            Meta::Path(_) => found = Some(attr.clone()),
            // `#[error("..")]` is thiserror's.
            _ if name == "error" => return true,
            // What is refused is refused whatever it says.
            _ if name == "overflow" => found = Some(attr.clone()),
            _ => errors.push(&attr.meta, format!("#[{name}] takes no arguments")),
        }
        false
    });
    found
}

/// Takes `#[number]` off, and answers whether it holds, or the module's option does.
pub(super) fn take_number(attrs: &mut Vec<Attribute>, module: bool, errors: &mut Errors) -> Number {
    match take(attrs, "number", errors) {
        Some(attr) => Number::Marked(attr.path().span()),
        None if module => Number::Module,
        None => Number::No,
    }
}

/// Takes `#[overflow(policy, capacity = n)]` off.
pub(super) fn take_overflow(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Option<(Attribute, Overflow)> {
    let position = attrs.iter().position(|attr| attr.path().is_ident("overflow"))?;
    let attr = attrs.remove(position);
    let overflow = errors.note(overflow(&attr))?;
    Some((attr, overflow))
}

fn overflow(attr: &Attribute) -> syn::Result<Overflow> {
    if !matches!(&attr.meta, Meta::List(list) if !list.tokens.is_empty()) {
        let message = "say what happens when the host is slower than Rust: #[overflow(drop_oldest)], say; without the attribute, Rust waits";
        return Err(Error::new_spanned(attr, message));
    }
    let (mut policy, mut capacity) = (None, None);
    attr.parse_nested_meta(|meta| {
        let known = [("block", "Block"), ("drop_oldest", "DropOldest"), ("coalesce", "Coalesce")];
        if let Some((_, variant)) = known.iter().find(|(name, _)| meta.path.is_ident(name)) {
            match policy.replace(Ident::new(variant, meta.path.span())) {
                None => Ok(()),
                Some(_) => Err(meta.error("one thing happens when too many notifications wait: choose one")),
            }
        } else if meta.path.is_ident("capacity") {
            match capacity.replace(meta.value()?.parse::<Expr>()?) {
                None => Ok(()),
                Some(_) => Err(meta.error("there is one capacity: leave one out")),
            }
        } else {
            Err(meta.error("#[overflow] knows `block`, `drop_oldest`, `coalesce` and `capacity = n`"))
        }
    })?;
    let policy = policy.unwrap_or_else(|| Ident::new("Block", attr.span()));
    match &capacity {
        Some(capacity) if policy == "Coalesce" => {
            Err(Error::new_spanned(capacity, "`coalesce` keeps the newest alone: leave `capacity` out"))
        }
        Some(capacity) if is_zero(capacity) => {
            Err(Error::new_spanned(capacity, "no notification could ever wait: the capacity is at least 1"))
        }
        _ => Ok(Overflow { policy, capacity }),
    }
}

fn is_zero(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) if int.base10_digits() == "0")
}

/// Takes `#[default(expr)]` off.
pub(super) fn take_default(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Option<Expr> {
    let position = attrs.iter().position(|attr| attr.path().is_ident("default"))?;
    let attr = attrs.remove(position);
    let Meta::List(list) = &attr.meta else {
        errors.push(attr, "write the value in parentheses: #[default(..)]");
        return None;
    };
    errors.note(list.parse_args())
}

/// Refuses what is left of our attributes on something that is not bridged, or not there; takes them off.
pub(super) fn refuse(attrs: &mut Vec<Attribute>, allowed: &[&str], errors: &mut Errors) {
    for (name, place) in FLAGS.iter().filter(|(name, _)| !allowed.contains(name)) {
        if let Some(attr) = take(attrs, name, errors) {
            errors.push(attr, format!("#[{name}] goes {place}"));
        }
    }
    attrs.retain(|attr| !is_conditional(attr, errors));
}

/// Whether it is `#[cfg_attr(.., spawn)]`: the compiler has not looked at it yet, and would not find the attribute.
fn is_conditional(attr: &Attribute, errors: &mut Errors) -> bool {
    let Meta::List(list) = &attr.meta else { return false };
    let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
    let Some(metas) = list.path.is_ident("cfg_attr").then(|| list.parse_args_with(parse).ok()).flatten() else {
        return false;
    };
    let ours = |meta: &&Meta| matches!(meta, Meta::Path(path) if FLAGS.iter().any(|(name, _)| path.is_ident(name)));
    let Some(meta) = metas.iter().skip(1).find(ours) else { return false };
    errors.push(
        meta,
        "what a bridge module says holds on every host: put the attribute there as it is, or #[cfg] on two versions of the item",
    );
    true
}

/// Refuses `#[cfg(..)]` where leaving the thing out would change the shape of what it is part of.
pub(super) fn refuse_cfg(attrs: &[Attribute], what: &str, errors: &mut Errors) {
    for attr in cfgs(attrs) {
        errors.push(
            attr,
            format!(
                "#[cfg] on {what} is not bridged: every host has the same API. Put it on the whole item, twice if need be"
            ),
        );
    }
}

/// The `#[cfg(..)]` attributes.
pub(super) fn cfgs(attrs: &[Attribute]) -> Cfgs {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

/// The doc comment: one line per attribute, without the space after `///`.
pub(super) fn doc(attrs: &[Attribute]) -> Doc {
    let values: Vec<&Expr> = attrs
        .iter()
        .filter(|attr| attr.path().is_ident("doc"))
        .filter_map(|attr| match &attr.meta {
            Meta::NameValue(pair) => Some(&pair.value),
            _ => None,
        })
        .collect();
    let literals: Option<Vec<String>> = values.iter().copied().map(literal).collect();
    Doc(match literals {
        Some(parts) => {
            let text = parts.join("\n");
            let text = text.trim_matches('\n').trim_end();
            quote!(#text)
        }
        None => concat(&values),
    })
}

fn literal(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(undecorated(&text.value())),
        _ => None,
    }
}

/// One `///` line, or a whole `/** */` block, without its left margin.
fn undecorated(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let starred =
        lines.len() > 1 && lines[1..].iter().all(|line| line.trim_start().starts_with('*') || line.trim().is_empty());
    let line = |line: &&str| {
        let line = if starred { line.trim_start().strip_prefix('*').unwrap_or(line) } else { line };
        line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// For `#[doc = include_str!(..)]`: only the compiler can read it.
fn concat(values: &[&Expr]) -> TokenStream {
    let lines = values.iter().map(|value| literal(value).map_or_else(|| quote!(#value), |text| quote!(#text)));
    quote!(::core::concat!(#(#lines, "\n"),*))
}
