//! The arguments of `#[bridge(..)]`.

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::{Path, Token, parse_quote};

use crate::errors::Errors;

/// What holds for the whole module.
pub(crate) struct Options {
    /// `number`: 64-bit integers are JavaScript numbers.
    pub(crate) number: bool,
    /// `crate = path`: where Ponton is.
    pub(crate) root: Path,
}

/// Reads the options; what cannot be read is noted and left at its default.
pub(crate) fn options(args: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options { number: false, root: parse_quote!(::ponton) };
    let parser = syn::meta::parser(|meta| {
        if meta.path.is_ident("number") {
            options.number = true;
            Ok(())
        } else if meta.path.is_ident("crate") {
            meta.input.parse::<Token![=]>()?;
            options.root = meta.input.call(Path::parse_mod_style)?;
            Ok(())
        } else {
            Err(meta.error("unknown option: #[bridge] knows `number` and `crate = path`"))
        }
    });
    errors.note(parser.parse2(args));
    options
}
