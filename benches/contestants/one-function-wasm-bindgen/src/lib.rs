//! One function, to see what a package weighs.

use wasm_bindgen::prelude::*;

/// Adds.
#[wasm_bindgen]
pub async fn add(a: u32, b: u32) -> u32 {
    a.wrapping_add(b)
}
