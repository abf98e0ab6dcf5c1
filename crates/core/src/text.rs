//! Messages put together from texts.

/// All of `parts`, one behind the other.
///
/// In place of `format!` and `concat()`: what they may panic with brings two kilobytes of formatting into a small wasm module.
pub fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}
