//! Reads the API description out of an artifact: ELF, PE, Mach-O or wasm, of any target, without running it.

use anyhow::{Context, Result};
use object::{Object as _, ObjectSection as _};

/// The section of ELF, PE and wasm, and the one of Mach-O (segment `__DATA`).
const SECTIONS: [&str; 2] = [".ponton", "__ponton"];

/// The raw content of the description's section; empty when there is none.
///
/// # Errors
/// When `artifact` is no object file that can be read.
pub fn description(artifact: &[u8]) -> Result<Vec<u8>> {
    let file = object::File::parse(artifact).context("not an ELF, PE, Mach-O or wasm file")?;
    let mut found = Vec::new();
    for section in file.sections() {
        if section.name().is_ok_and(|name| SECTIONS.contains(&name)) {
            found.extend_from_slice(section.data().context("the description's section is cut short")?);
        }
    }
    Ok(found)
}
