//! What only the whole module shows: names that meet, words that are taken, types that do not cross.

mod names;
mod types;

use crate::errors::Errors;
use crate::ir::{Enum, Function, Module, Param};

/// Checks the whole module.
pub(crate) fn module(module: &Module, errors: &mut Errors) {
    names::module(module, errors);
    types::module(module, errors);
    for function in functions(module) {
        defaults(&function.params, errors);
    }
}

fn functions(module: &Module) -> impl Iterator<Item = &Function> {
    module.functions.iter().chain(module.objects.iter().flat_map(|object| &object.functions))
}

fn all_enums(module: &Module) -> impl Iterator<Item = &Enum> {
    module.enums.iter().chain(&module.errors)
}

/// A caller who leaves a parameter out can give none after it by position.
fn defaults(params: &[Param], errors: &mut Errors) {
    let Some(first) = params.iter().position(|param| param.default.is_some()) else { return };
    let may_be_left_out = |param: &Param| match &param.function {
        Some(function) => function.optional,
        None => param.default.is_some() || types::is_option(&param.ty),
    };
    for param in &params[first + 1..] {
        if !may_be_left_out(param) {
            errors.push(
                &param.ident,
                format!(
                    "`{}` must be given, but `{}` before it may be left out: move it forward, or give it a #[default(..)] too",
                    param.names.rust, params[first].names.rust
                ),
            );
        }
    }
}
