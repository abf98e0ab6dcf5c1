//! The JavaScript that goes with the module, as custom sections. `ponton build` turns them into files; they are not
//! part of the module's memory, nor of what is shipped.

/// The runtime that Node and the browser share, in parts.
pub(crate) const RUNTIME: &str = ponton_js::RUNTIME_IN_PARTS;
/// What loads the module.
pub(crate) const LOADER: &str = include_str!("loader.js");

/// The bytes of `text`, for a section.
pub(crate) const fn bytes<const N: usize>(text: &str) -> [u8; N] {
    let text = text.as_bytes();
    let mut out = [0; N];
    let mut at = 0;
    while at < N {
        out[at] = text[at];
        at += 1;
    }
    out
}
