//! The two commands.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::{Built, Crate, Options};
use crate::host::Host;
use crate::pack::python::Interpreter;
use crate::pack::{npm, python};
use crate::package::Package;
use crate::print::python::{Style, stub};
use crate::print::typescript::typings;
use crate::progress::step;
use crate::{section, web};

/// What `ponton build` is asked for.
#[derive(Clone, Debug)]
pub struct Build {
    /// The crate.
    pub krate: Crate,
    /// The hosts, each once.
    pub hosts: Vec<Host>,
    /// Where the packages go.
    pub out_dir: Option<PathBuf>,
    /// The name to import them by.
    pub name: Option<String>,
    /// How cargo builds.
    pub options: Options,
}

/// Which text `ponton stubs` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stubs {
    /// `.pyi`.
    Python(Style),
    /// `.d.ts`.
    JavaScript,
}

impl Build {
    /// Builds a package for each host.
    ///
    /// # Errors
    /// When the crate does not build, its bridge modules do not fit together, or a file cannot be written.
    pub fn run(&self) -> Result<()> {
        if self.hosts.contains(&Host::Python) {
            self.python()?;
        }
        let javascript: Vec<_> = self.hosts.iter().copied().filter(|host| *host != Host::Python).collect();
        if javascript.is_empty() { Ok(()) } else { self.npm(&javascript) }
    }

    fn out_dir(&self, kind: &str) -> PathBuf {
        self.out_dir.clone().unwrap_or_else(|| self.krate.folder().join("dist").join(kind))
    }

    fn python(&self) -> Result<()> {
        ensure!(
            self.options.target.is_none(),
            "a Python package for another machine is maturin's work: `maturin build --target ..` in a project with \
             `ponton stubs` output in it"
        );
        let interpreter = Interpreter::find(self.options.python.as_deref())?;
        let options = Options { python: Some(interpreter.path.clone()), ..self.options.clone() };
        let package = describe(&self.krate, Host::Python, &options)?;
        let library = ship(&self.krate, Host::Python, &options)?;
        let name = self.name.as_deref().unwrap_or(&self.krate.lib);
        let suffix = interpreter.suffix(library.abi3)?;
        let folder = python::write(&package, &library.content, name, &self.out_dir("python"), suffix)?;
        step("Finished", format!("{} (import {name})", folder.display()));
        Ok(())
    }

    fn npm(&self, hosts: &[Host]) -> Result<()> {
        let out_dir = self.out_dir("npm");
        let mut described: Vec<Package> = Vec::new();
        for &host in hosts {
            let package = describe(&self.krate, host, &self.options)?;
            let library = ship(&self.krate, host, &self.options)?;
            let folder = || format!("`{}` cannot be made", out_dir.display());
            fs::create_dir_all(&out_dir).with_context(folder)?;
            if host == Host::Node {
                let target = self.options.target.as_deref();
                npm::write_node(&package, &library.content, &self.krate.lib, &out_dir, target)?;
            } else {
                let optimize = self.options.profile.as_deref().is_some_and(|profile| profile != "dev");
                let outcome = web::bindgen(&library.path, &package, &out_dir, web::Options { optimize })?;
                if outcome == web::Optimized::NoTool {
                    step("Note", "no recent `wasm-opt` was found: `npm install binaryen` makes the module smaller");
                }
                npm::write_web(&package, &out_dir)?;
            }
            if hosts.len() == 1 {
                npm::warn_of_other(&package, &out_dir, if host == Host::Node { "web.js" } else { "index.cjs" });
            }
            described.push(package);
        }
        let package = described.into_iter().reduce(Package::merge).context("no host was given")?;
        npm::write_common(&package, &self.krate, self.name.as_deref(), &out_dir)?;
        step(
            "Finished",
            format!("{} (import '{}')", out_dir.display(), self.name.as_deref().unwrap_or(&self.krate.name)),
        );
        Ok(())
    }
}

/// The types of the crate, as text.
///
/// # Errors
/// When the crate does not build, or its bridge modules do not fit together.
pub fn stubs(krate: &Crate, kind: Stubs, options: &Options) -> Result<String> {
    match kind {
        Stubs::Python(style) => {
            let interpreter = Interpreter::find(options.python.as_deref())?;
            let options = Options { python: Some(interpreter.path), ..options.clone() };
            Ok(stub(&describe(krate, Host::Python, &options)?, style))
        }
        Stubs::JavaScript => {
            let hosts: Vec<_> = [Host::Node, Host::Web].into_iter().filter(|host| krate.has_feature(*host)).collect();
            let mut packages = Vec::new();
            for host in hosts {
                packages.push(describe(krate, host, options)?);
            }
            let Some(package) = packages.into_iter().reduce(Package::merge) else {
                bail!("`{}` has neither a feature `node` nor a feature `web`", krate.name)
            };
            Ok(typings(&package))
        }
    }
}

/// The types of a library that was built with `ponton/ir`, for whatever machine, as text.
///
/// # Errors
/// When the file is no library with a description in it.
pub fn stubs_of(artifact: &Path, kind: Stubs) -> Result<String> {
    let package = read(artifact)?;
    Ok(match kind {
        Stubs::Python(style) => stub(&package, style),
        Stubs::JavaScript => typings(&package),
    })
}

/// Compares the file's text with what it should be.
///
/// # Errors
/// When it differs, naming the first line that does, or cannot be read.
pub fn check(path: &Path, expected: &str) -> Result<()> {
    let found = fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let (found, expected) = (found.replace("\r\n", "\n"), expected.replace("\r\n", "\n"));
    if found == expected {
        return Ok(());
    }
    let (mut ours, mut theirs) = (expected.lines(), found.lines());
    for number in 1.. {
        let (expected, found) = (ours.next(), theirs.next());
        if expected != found || expected.is_none() {
            bail!(
                "`{}` is out of date at line {number}:\n  there:    {}\n  expected: {}\nprint it anew with `ponton stubs`",
                path.display(),
                found.unwrap_or("(end)"),
                expected.unwrap_or("(end)")
            );
        }
    }
    Ok(())
}

/// Builds the library with its description, and reads that.
fn describe(krate: &Crate, host: Host, options: &Options) -> Result<Package> {
    step("Describing", format!("{} for {host}", krate.name));
    read(&krate.build(host, true, options)?.path)
}

fn read(path: &Path) -> Result<Package> {
    let artifact = fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let json = section::description(&artifact).with_context(|| format!("`{}`", path.display()))?;
    Package::parse(&json).with_context(|| format!("the API in `{}`", path.display()))
}

/// A library as it ships, read before another build may replace it.
struct Library {
    path: PathBuf,
    content: Vec<u8>,
    abi3: bool,
}

fn ship(krate: &Crate, host: Host, options: &Options) -> Result<Library> {
    step("Building", format!("{} for {host}", krate.name));
    let Built { path, abi3 } = krate.build(host, false, options)?;
    let content = fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    Ok(Library { path, content, abi3 })
}
