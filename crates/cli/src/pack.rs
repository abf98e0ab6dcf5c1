//! Files of a package: ours to write, the author's to keep.

pub mod npm;
pub mod python;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};

use crate::print::GENERATED;
use crate::progress::step;

/// Writes a generated file; one without the generated mark near its top is the author's, and stays.
///
/// # Errors
/// When it cannot be read or written.
pub(crate) fn generate(path: &Path, text: &str) -> Result<()> {
    match fs::read(path) {
        Ok(old) if old == text.as_bytes() => return Ok(()),
        Ok(old) => {
            let head = String::from_utf8_lossy(&old[..old.len().min(1024)]).into_owned();
            if !head.contains(GENERATED) && !old.is_empty() {
                step("Keeping", format!("{}: it was written by hand", path.display()));
                return Ok(());
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", path.display())),
    }
    replace(path, text.as_bytes())
}

/// Puts `content` in the place of `path` at once: a process that has the old library loaded keeps it.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let cannot = || format!("`{}` cannot be written", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(cannot)?;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = path.with_file_name(format!(".{name}.{}", std::process::id()));
    fs::write(&fresh, content).with_context(cannot)?;
    fs::rename(&fresh, path).or_else(|error| {
        let _ = fs::remove_file(&fresh);
        Err(error).with_context(cannot)
    })?;
    step("Wrote", path.display());
    Ok(())
}
