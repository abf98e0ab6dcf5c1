//! Records and enums.

use syn::ext::IdentExt;
use syn::{Fields, ItemEnum, ItemStruct, Member, Visibility};

use super::{attrs, types};
use crate::errors::Errors;
use crate::ir::{Causes, Enum, Field, Record, Variant};
use crate::names::{self, Names, Place};

/// Reads a `#[record]` struct.
pub(super) fn record(item: &mut ItemStruct, number: bool, errors: &mut Errors) -> Record {
    types::refuse_generics(&item.generics, "a #[record]", errors);
    let ident = item.ident.clone();
    match &item.fields {
        Fields::Named(fields) if fields.named.is_empty() => {
            errors.push(&item.ident, "a #[record] has at least one field: `()` is the value without any");
        }
        Fields::Named(_) => {}
        Fields::Unnamed(fields) => {
            errors.push(fields, "the fields of a #[record] have names in every host: write `{ pub name: Type }`");
        }
        Fields::Unit => errors.push(&item.ident, "a #[record] has fields: write `{ pub name: Type }`"),
    }
    for field in &item.fields {
        if !matches!(field.vis, Visibility::Public(_)) && field.ident.is_some() {
            errors.push(
                &field.ident,
                "every field of a #[record] crosses: make it `pub`, or the struct an #[object] that keeps it",
            );
        }
    }
    let place = Spot { place: Place::Property, number };
    let fields = fields(&mut item.fields, &ident, &place, errors);
    Record { doc: attrs::doc(&item.attrs), cfgs: attrs::cfgs(&item.attrs), ident, fields }
}

/// Reads an enum: plain, with data, or `#[error]`.
pub(super) fn enumeration(item: &mut ItemEnum, error: bool, number: bool, errors: &mut Errors) -> Enum {
    types::refuse_generics(&item.generics, "a bridged enum", errors);
    if item.variants.is_empty() {
        errors.push(&item.ident, "a bridged enum has at least one variant; an enum for Rust alone is marked #[skip]");
    }
    let ident = item.ident.clone();
    let place = Spot { place: if error { Place::ErrorField } else { Place::Property }, number };
    let variants = item.variants.iter_mut().map(|variant| {
        attrs::refuse_cfg(&variant.attrs, "a variant", errors);
        attrs::refuse(&mut variant.attrs, &[], errors);
        let name = variant.ident.unraw().to_string();
        let causes = if error { causes(&variant.fields) } else { Causes::None };
        Variant {
            causes,
            ident: variant.ident.clone(),
            doc: attrs::doc(&variant.attrs),
            code: names::screaming(&name),
            tag: names::camel(&name),
            fields: fields(&mut variant.fields, &ident, &place, errors),
        }
    });
    let variants = variants.collect();
    Enum { doc: attrs::doc(&item.attrs), cfgs: attrs::cfgs(&item.attrs), ident, variants }
}

/// What all fields of one type have in common.
struct Spot {
    place: Place,
    number: bool,
}

fn fields(fields: &mut Fields, owner: &syn::Ident, spot: &Spot, errors: &mut Errors) -> Vec<Field> {
    let mut crossing = Vec::new();
    for (index, field) in fields.iter_mut().enumerate() {
        let number = attrs::take_number(&mut field.attrs, spot.number, errors);
        attrs::refuse(&mut field.attrs, &[], errors);
        attrs::refuse_cfg(&field.attrs, "a field", errors);
        if spot.place == Place::ErrorField && is_cause(field) {
            continue;
        }
        let member = field.ident.clone().map_or_else(|| Member::from(index), Member::from);
        crossing.push((member, attrs::doc(&field.attrs), types::without_self(&field.ty, Some(owner)), number));
    }
    let single = crossing.len() == 1;
    let field = |(index, (member, doc, ty, number))| {
        let rust = match &member {
            Member::Named(ident) => ident.unraw().to_string(),
            Member::Unnamed(_) if single => "value".to_owned(),
            Member::Unnamed(_) => format!("value{index}"),
        };
        Field { member, names: Names::new(&rust, spot.place), doc, ty, number }
    };
    crossing.into_iter().enumerate().map(field).collect()
}

/// Which fields of an error's variant travel as its cause.
fn causes(fields: &Fields) -> Causes {
    let mut all = fields.iter().enumerate();
    match (all.next(), all.next()) {
        (Some((index, field)), None) if is_from_host(field) => {
            Causes::FromHost(field.ident.clone().map_or_else(|| Member::from(index), Member::from))
        }
        _ if fields.iter().any(is_cause) => Causes::Others,
        _ => Causes::None,
    }
}

/// `#[from] HostError`.
fn is_from_host(field: &syn::Field) -> bool {
    let from = field.attrs.iter().any(|attr| attr.path().is_ident("from"));
    from && matches!(types::head(&field.ty), Some((ident, _)) if ident == "HostError")
}

/// What thiserror takes for the source or the backtrace: it travels as the cause.
fn is_cause(field: &syn::Field) -> bool {
    let marked =
        ["source", "from", "backtrace"].iter().any(|name| field.attrs.iter().any(|attr| attr.path().is_ident(name)));
    marked || field.ident.as_ref().is_some_and(|ident| ident == "source" || ident == "backtrace")
}
