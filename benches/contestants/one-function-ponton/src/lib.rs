//! One function, to see what a package weighs.

/// The function.
#[ponton::bridge]
pub mod one_function {
    /// Adds.
    pub async fn add(a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }
}
