//! Types that are declared in the module and do not cross, or not this way. All else is up to the traits.

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{GenericArgument, PathArguments, Type, TypeParamBound, TypePath};

use super::functions;
use crate::errors::Errors;
use crate::ir::{Callback, HostFunction, Module};
use crate::parse;

/// Refuses private and skipped types wherever a host would meet them, and objects by value where they come in.
pub(super) fn module(module: &Module, errors: &mut Errors) {
    let objects: Vec<&Ident> = module.objects.iter().map(|object| &object.ident).collect();
    let mut types =
        Types { hidden: &module.hidden, objects: &objects, callbacks: &module.callbacks, comes_in: true, errors };
    for function in functions(module) {
        for param in &function.params {
            types.comes_in = !param.borrowed;
            match &param.function {
                None => types.visit_type(&param.ty),
                Some(HostFunction { inputs, output, .. }) => types.host_function(inputs.iter(), output),
            }
        }
        types.comes_in = false;
        types.visit_type(&function.output);
    }
    for function in module.callbacks.iter().flat_map(|callback| &callback.functions) {
        types.host_function(function.params.iter().map(|param| &param.ty), &function.output);
    }
    types.comes_in = true;
    let variants = module.enums.iter().flat_map(|item| &item.variants).flat_map(|variant| &variant.fields);
    for field in module.records.iter().flat_map(|record| &record.fields).chain(variants) {
        types.visit_type(&field.ty);
    }
    types.comes_in = false;
    for field in module.errors.iter().flat_map(|item| &item.variants).flat_map(|variant| &variant.fields) {
        types.visit_type(&field.ty);
    }
}

/// Whether a type is written `Option<..>`. An alias of one is not seen, and can have a `#[default(None)]`.
pub(super) fn is_option(ty: &Type) -> bool {
    matches!(parse::head(ty), Some((ident, _)) if ident == "Option")
}

struct Types<'a> {
    hidden: &'a [Ident],
    objects: &'a [&'a Ident],
    callbacks: &'a [Callback],
    /// Whether a host gives values of the type: objects, it gives as references only.
    comes_in: bool,
    errors: &'a mut Errors,
}

impl<'a> Types<'a> {
    /// The `Trait` of `<dyn Trait>`, if it is a #[callback].
    fn boxed_callback(&self, arguments: &PathArguments) -> Option<&'a Ident> {
        let PathArguments::AngleBracketed(arguments) = arguments else { return None };
        let Some(GenericArgument::Type(argument)) = arguments.args.first() else { return None };
        let Type::TraitObject(object) = parse::peeled(argument) else { return None };
        let TypeParamBound::Trait(bound) = object.bounds.first()? else { return None };
        self.callbacks.iter().map(|callback| &callback.ident).find(|ident| bound.path.is_ident(*ident))
    }

    /// What Rust passes goes out, what it gets comes in.
    fn host_function<'t>(&mut self, inputs: impl Iterator<Item = &'t Type>, output: &Type) {
        self.comes_in = false;
        inputs.for_each(|input| self.visit_type(input));
        self.comes_in = true;
        self.visit_type(output);
    }
}

impl Visit<'_> for Types<'_> {
    fn visit_type_path(&mut self, ty: &TypePath) {
        if let Some(ident) = ty.path.get_ident() {
            if self.hidden.contains(ident) {
                let message = format!(
                    "`{ident}` does not cross the bridge: make it `pub` and, if it is a struct, declare it #[record] or #[object]"
                );
                self.errors.push(ident, message);
            } else if self.comes_in && self.objects.contains(&ident) {
                let message =
                    format!("the host keeps its `{ident}`, so it cannot be given away: take `Arc<{ident}>` here");
                self.errors.push(ident, message);
            }
        }
        if let Some(last) = ty.path.segments.last()
            && last.ident == "Box"
            && let Some(callback) = self.boxed_callback(&last.arguments)
        {
            let message = format!("what a host implements is shared with it: take `Arc<dyn {callback}>` here");
            self.errors.push(ty, message);
        }
        let shared = ty.path.segments.last().is_some_and(|segment| segment.ident == "Arc");
        let before = self.comes_in;
        self.comes_in &= !shared;
        visit::visit_type_path(self, ty);
        self.comes_in = before;
    }
}
