//! The attribute `#[ponton::bridge]`.

use proc_macro::TokenStream;

/// Bridges a module.
#[proc_macro_attribute]
pub fn bridge(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}
