//! `UniFFI`'s generator, as its manual has projects build it.

fn main() {
    uniffi::uniffi_bindgen_main();
}
