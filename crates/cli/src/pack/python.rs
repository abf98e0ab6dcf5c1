//! The importable Python package.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::{generate, replace};
use crate::package::Package;
use crate::print::python::{Style, all, docstring, stub};
use crate::print::{GENERATED, each};
use crate::progress::step;

/// The oldest Python that is supported.
const OLDEST: (u32, u32) = (3, 10);
/// The oldest Python that a library for the stable ABI works with: that of `pyo3/abi3-py312`, in `ponton-python`.
const OLDEST_STABLE: (u32, u32) = (3, 12);

/// A Python to build for.
#[derive(Clone, Debug)]
pub struct Interpreter {
    /// Its executable.
    pub path: PathBuf,
    version: (u32, u32),
    /// How extension modules for it end: `.cpython-313-x86_64-linux-gnu.so`.
    suffix: String,
    /// How extension modules for the stable ABI end: `.abi3.so`.
    stable_suffix: String,
}

#[derive(Deserialize)]
struct Answer {
    executable: PathBuf,
    suffix: String,
    suffixes: Vec<String>,
    implementation: String,
    version: (u32, u32),
}

const QUESTION: &str = "import importlib.machinery, json, sys, sysconfig
print(json.dumps({'executable': sys.executable, 'suffix': sysconfig.get_config_var('EXT_SUFFIX'),
                  'suffixes': importlib.machinery.EXTENSION_SUFFIXES,
                  'implementation': sys.implementation.name, 'version': sys.version_info[:2]}))";

impl Interpreter {
    /// The one named; else that of the active virtual environment, else the first `python3` or `python` on `PATH`.
    ///
    /// # Errors
    /// When there is none, or it is not `CPython` 3.10 or later.
    pub fn find(named: Option<&Path>) -> Result<Self> {
        if let Some(path) = named {
            return Self::ask(path);
        }
        let inside = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
        if let Some(folder) = env::var_os("VIRTUAL_ENV").filter(|folder| !folder.is_empty()) {
            return Self::ask(&Path::new(&folder).join(inside));
        }
        Self::ask(Path::new("python3")).or_else(|first| Self::ask(Path::new("python")).map_err(|_| first))
    }

    fn ask(path: &Path) -> Result<Self> {
        let cure = "give a CPython 3.10 or later with --python";
        let output = Command::new(path).args(["-I", "-c", QUESTION]).output();
        let output = output.with_context(|| format!("`{}` cannot be run: {cure}", path.display()))?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        ensure!(output.status.success(), "`{}` is no Python 3 ({said}): {cure}", path.display());
        let answer: Answer = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("`{}` gave an odd answer", path.display()))?;
        let (major, minor) = answer.version;
        ensure!(
            answer.implementation == "cpython" && answer.version >= OLDEST,
            "`{}` is {} {major}.{minor}: {cure}",
            path.display(),
            answer.implementation,
        );
        // A free-threaded Python loads none, and pyo3 builds none for it.
        let stable = answer.suffixes.into_iter().find(|suffix| is_stable(suffix));
        let stable_suffix = stable.unwrap_or_else(|| answer.suffix.clone());
        Ok(Self { path: answer.executable, version: answer.version, suffix: answer.suffix, stable_suffix })
    }

    /// How an extension module for it ends, or one for the stable ABI.
    ///
    /// # Errors
    /// When it could not load the latter.
    pub fn suffix(&self, abi3: bool) -> Result<&str> {
        if !abi3 {
            return Ok(&self.suffix);
        }
        let ((major, minor), (_, least)) = (self.version, OLDEST_STABLE);
        ensure!(
            self.version >= OLDEST_STABLE,
            "the feature `python-abi3` needs CPython {major}.{least}, and `{}` is {major}.{minor}: give a later one with \
             --python, or leave the feature off",
            self.path.display(),
        );
        Ok(&self.stable_suffix)
    }
}

/// Whether a library that ends so is for the stable ABI. Windows has no tag for it.
fn is_stable(suffix: &str) -> bool {
    suffix.starts_with(".abi3.") || suffix == ".pyd"
}

/// Writes `<out_dir>/<name>/`, with the library as `_native<suffix>`.
///
/// # Errors
/// When `name` cannot be imported, or a file cannot be written.
pub fn write(package: &Package, library: &[u8], name: &str, out_dir: &Path, suffix: &str) -> Result<PathBuf> {
    check_name(name)?;
    let folder = out_dir.join(name);
    replace(&folder.join(format!("_native{suffix}")), library)?;
    tell_of_others(&folder, suffix);
    write_text(package, &folder)?;
    Ok(folder)
}

/// Python prefers a library for its own version to one for all.
fn tell_of_others(folder: &Path, suffix: &str) {
    if !is_stable(suffix) {
        return;
    }
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("_native.cp") {
            step("Note", format!("`{name}` is there too: the Python it is for prefers it; delete it if it is old"));
        }
    }
}

fn write_text(package: &Package, folder: &Path) -> Result<()> {
    generate(&folder.join("__init__.py"), &entry(package))?;
    generate(&folder.join("_native.pyi"), &stub(package, Style::Full))?;
    let marker = folder.join("py.typed");
    if !marker.exists() {
        replace(&marker, b"")?;
    }
    Ok(())
}

/// `__init__.py`: the native names, one by one, so that type checkers and readers see them.
fn entry(package: &Package) -> String {
    let names = all(package);
    let imports = each(&names, |name| format!("    {name},\n"));
    let exports = each(&names, |name| format!("    \"{name}\",\n"));
    let doc = package.doc();
    let doc = if doc.is_empty() { String::new() } else { docstring(&doc) + "\n" };
    format!(
        "# {GENERATED} from the crate's bridge modules. To add to it, delete this line: the file is yours then.\n{doc}\n\
         from ._native import (\n{imports})\n\n__all__ = [\n{exports}]\n"
    )
}

fn check_name(name: &str) -> Result<()> {
    let letter = |c: char| c == '_' || c.is_ascii_alphabetic();
    let good = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit());
    if !good {
        bail!("`{name}` cannot be imported in Python: give a name of letters, digits and `_` with --name");
    }
    Ok(())
}
