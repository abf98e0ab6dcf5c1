//! The attribute `#[ponton::bridge]`.
//!
//! | module | holds |
//! | --- | --- |
//! | `parse` | from the author's module to the model; takes our attributes off |
//! | `ir`, `names` | the model, and how names are spelled in each language |
//! | `check` | what only the whole module shows: names that meet, private types |
//! | `emit` | from the model to the glue |
//!
//! What a type means is never decided here: the glue names traits, and the compiler resolves aliases.

mod check;
mod emit;
mod errors;
mod ir;
mod names;
mod parse;
mod text;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, parse_quote};

use crate::errors::Errors;

/// Bridges an inline module. Documented where it is used from: `ponton::bridge`.
#[proc_macro_attribute]
pub fn bridge(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(args.into(), &item.into()).into()
}

/// An implementation in Rust of a `#[callback]` trait. Documented where it is used from: `ponton::callback`.
#[proc_macro_attribute]
pub fn callback(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand_callback(args.into(), item.into()).into()
}

fn expand_callback(args: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = parse::options(args, &mut errors);
    let item = errors.note(syn::parse2::<syn::ItemImpl>(tokens.clone()));
    let item = item.map_or(tokens, |mut item| {
        parse::callback_impl(&mut item, &options.root, &mut errors);
        item.into_token_stream()
    });
    let errors = errors.into_tokens();
    quote!(#item #errors)
}

fn expand(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = parse::options(args, &mut errors);
    let Some(mut item) = parse::item(tokens.clone(), &mut errors) else {
        let errors = errors.into_tokens();
        return quote!(#tokens #errors);
    };
    let module = parse::module(options, &mut item, &mut errors);
    check::module(&module, &mut errors);
    let glue = if errors.is_empty() { emit::glue(&module) } else { errors.into_tokens() };
    item.attrs.insert(0, allow());
    if let Some((_, items)) = &mut item.content {
        items.push(syn::Item::Verbatim(glue));
    }
    item.into_token_stream()
}

/// Lints that would ask for what a bridge cannot have: borrowed or generic parameters, sync functions, private items.
fn allow() -> Attribute {
    parse_quote! {
        #[allow(
            unreachable_pub, clippy::implicit_hasher, clippy::needless_pass_by_value, clippy::unused_async
        )]
    }
}
