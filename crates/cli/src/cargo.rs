//! The author's crate: where it is, what it declares, and its library for one host.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::host::Host;

/// The target of the web build.
pub const WASM: &str = "wasm32-unknown-unknown";

/// An author's crate.
#[derive(Clone, Debug)]
pub struct Crate {
    /// Its `Cargo.toml`.
    pub manifest: PathBuf,
    /// Its package name.
    pub name: String,
    /// Its library's name: letters, digits and `_`.
    pub lib: String,
    /// Its version.
    pub version: String,
    /// One line about it.
    pub description: Option<String>,
    /// Its licence, as SPDX.
    pub license: Option<String>,
    features: BTreeMap<String, Vec<String>>,
    /// What it calls its dependency on `ponton`.
    ponton: String,
}

/// How the library is built, beside the host.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Cargo's profile; `dev` when absent.
    pub profile: Option<String>,
    /// Features beside the host's own.
    pub features: Vec<String>,
    /// A target triple; that of the host machine when absent.
    pub target: Option<String>,
    /// The Python interpreter, for pyo3.
    pub python: Option<PathBuf>,
    /// Flags that cargo gets as they are: `--locked`, `--no-default-features`, ….
    pub flags: Vec<&'static str>,
}

/// What cargo built.
#[derive(Clone, Debug)]
pub struct Built {
    /// The dynamic library.
    pub path: PathBuf,
    /// Whether it is for every Python that has the stable ABI it was built with.
    pub abi3: bool,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetaPackage>,
}

#[derive(Deserialize)]
struct MetaPackage {
    name: String,
    version: String,
    description: Option<String>,
    license: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<MetaTarget>,
    features: BTreeMap<String, Vec<String>>,
    dependencies: Vec<MetaDependency>,
}

#[derive(Deserialize)]
struct MetaTarget {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct MetaDependency {
    name: String,
    rename: Option<String>,
    kind: Option<String>,
}

/// The kinds of a library target.
const LIBRARY: [&str; 5] = ["lib", "rlib", "cdylib", "dylib", "staticlib"];

impl Crate {
    /// The crate of `manifest_path` (a `Cargo.toml` or its folder), or that of the working directory.
    ///
    /// # Errors
    /// When there is none, when it is a workspace without a package, has no `cdylib`, or does not depend on `ponton`.
    pub fn find(manifest_path: Option<&Path>) -> Result<Self> {
        let manifest = match manifest_path {
            Some(path) if path.is_dir() => path.join("Cargo.toml"),
            Some(path) => path.to_owned(),
            None => locate()?,
        };
        ensure!(manifest.is_file(), "`{}` does not exist: give the crate's Cargo.toml", manifest.display());
        let manifest = dunce(&manifest)?;
        let mut command = cargo();
        command.args(["metadata", "--format-version=1", "--no-deps", "--manifest-path"]).arg(&manifest);
        let output = command.stderr(Stdio::inherit()).output().context("`cargo` cannot be run: is Rust installed?")?;
        ensure!(output.status.success(), "`cargo metadata` failed for `{}`", manifest.display());
        let metadata: Metadata = serde_json::from_slice(&output.stdout).context("`cargo metadata` gave no JSON")?;
        let package =
            metadata.packages.into_iter().find(|p| dunce(&p.manifest_path).is_ok_and(|path| path == manifest));
        let Some(package) = package else {
            bail!(
                "`{}` is a workspace without a package: give the crate's own Cargo.toml with --manifest-path",
                manifest.display()
            )
        };
        Self::from_metadata(manifest, package)
    }

    fn from_metadata(manifest: PathBuf, package: MetaPackage) -> Result<Self> {
        let name = package.name;
        let lib = package.targets.into_iter().find(|t| t.kind.iter().any(|kind| LIBRARY.contains(&&**kind)));
        let Some(lib) = lib else { bail!("`{name}` has no library target: its bridge modules go into `src/lib.rs`") };
        ensure!(
            lib.kind.iter().any(|kind| kind == "cdylib"),
            "`{name}` builds no cdylib, and hosts load nothing else: add this to {}\n\n    [lib]\n    crate-type = \
             [\"cdylib\", \"rlib\"]\n",
            manifest.display()
        );
        let ponton = package.dependencies.into_iter().find(|d| d.name == "ponton" && d.kind.is_none());
        let Some(ponton) = ponton else {
            bail!("`{name}` does not depend on `ponton`: run `cargo add ponton` in its folder")
        };
        Ok(Self {
            lib: lib.name.replace('-', "_"),
            manifest,
            name,
            version: package.version,
            description: package.description,
            license: package.license,
            features: package.features,
            ponton: ponton.rename.unwrap_or(ponton.name),
        })
    }

    /// The folder of its `Cargo.toml`.
    pub fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new("."))
    }

    /// Whether it declares the feature of `host`.
    pub fn has_feature(&self, host: Host) -> bool {
        self.features.contains_key(host.feature())
    }

    /// Builds the library for `host`, with the API description in it or without. Cargo's target folder may be shared
    /// with other builds: read the file at once.
    ///
    /// # Errors
    /// When the host's feature or target is missing, or the build fails; the compiler's messages are on stderr by then.
    pub fn build(&self, host: Host, described: bool, options: &Options) -> Result<Built> {
        ensure!(
            self.has_feature(host),
            "`{}` has no feature `{}`: add this to {}\n\n    [features]\n    {feature} = [\"{}/{feature}\"]\n",
            self.name,
            host.feature(),
            self.manifest.display(),
            self.ponton,
            feature = host.feature(),
        );
        let mut command = cargo();
        // `rustc` and not `build`: its flags reach this crate alone, so nothing else is compiled anew for them.
        command.args(["rustc", "--lib", "--crate-type=cdylib", "--message-format=json-render-diagnostics"]);
        command.arg("--manifest-path").arg(&self.manifest);
        let mut features = vec![host.feature().to_owned()];
        features.extend(options.features.iter().cloned());
        if described {
            features.push(format!("{}/ir", self.ponton));
        }
        command.arg("--features").arg(features.join(","));
        command.args(&options.flags);
        if let Some(profile) = &options.profile {
            command.arg("--profile").arg(profile);
        }
        let target = if host == Host::Web { Some(WASM) } else { options.target.as_deref() };
        if let Some(target) = target {
            command.arg("--target").arg(target);
        }
        if let (Host::Python, Some(python)) = (host, &options.python) {
            command.env("PYO3_PYTHON", python);
        }
        command.arg("--").args(link_args(host, target.unwrap_or(env::consts::OS)));
        self.run(command, host)
    }

    fn run(&self, mut command: Command, host: Host) -> Result<Built> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().context("`cargo` cannot be run: is Rust installed?")?;
        let (mut artifact, mut abi3) = (None, false);
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line.context("cargo's output is not text")?;
                // The author's build scripts and macros may print lines of their own.
                if let Ok(message) = serde_json::from_str::<Value>(&line) {
                    artifact = self.library(&message).or(artifact);
                    abi3 |= is_abi3(&message);
                }
            }
        }
        let status = child.wait().context("waiting for cargo")?;
        if !status.success() {
            if host == Host::Web && !has_wasm_target() {
                bail!("the Rust target `{WASM}` is not installed: run `rustup target add {WASM}`");
            }
            bail!("`{}` did not build for {host}: see the messages above", self.name);
        }
        let path =
            artifact.with_context(|| format!("cargo built `{}` and named no dynamic library of it", self.name))?;
        Ok(Built { path, abi3 })
    }

    /// The dynamic library that a message of cargo's tells of.
    fn library(&self, message: &Value) -> Option<PathBuf> {
        let is_ours = message.get("reason")? == "compiler-artifact"
            && message.get("target")?.get("name")?.as_str()?.replace('-', "_") == self.lib
            && message.get("manifest_path").and_then(Value::as_str).and_then(|path| dunce(Path::new(path)).ok())?
                == self.manifest;
        let mut files = message.get("filenames")?.as_array()?.iter().filter_map(Value::as_str).map(PathBuf::from);
        let dynamic = |path: &PathBuf| {
            path.extension().is_some_and(|end| ["so", "dylib", "dll", "wasm"].iter().any(|known| end == *known))
        };
        if is_ours { files.find(dynamic) } else { None }
    }
}

/// Whether a message of cargo's tells that Ponton's binding was built for the stable ABI. Whoever turned the feature on,
/// by whatever name, it is on here.
fn is_abi3(message: &Value) -> bool {
    message["target"]["name"] == "ponton_python"
        && message["features"].as_array().is_some_and(|features| features.iter().any(|feature| feature == "abi3"))
}

/// What the linker must be told, beyond what cargo does by itself.
fn link_args(host: Host, target: &str) -> &'static [&'static str] {
    let apple = target.contains("apple") || target == "macos";
    match host {
        Host::Web => &[crate::web::RUSTFLAGS],
        // The interpreter, or Node, offers these symbols when it loads the library.
        Host::Python | Host::Node if apple => &["-Clink-arg=-undefined", "-Clink-arg=dynamic_lookup"],
        Host::Python | Host::Node => &[],
    }
}

/// The cargo that runs us, or the one on `PATH`.
fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

fn locate() -> Result<PathBuf> {
    let output = cargo().args(["locate-project", "--message-format=plain"]).stderr(Stdio::null()).output();
    let output = output.context("`cargo` cannot be run: is Rust installed?")?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    ensure!(
        output.status.success() && !path.is_empty(),
        "no Cargo.toml here or above: run this in the crate's folder, or give --manifest-path"
    );
    Ok(path.into())
}

/// Whether the standard library of the web target is there. Where that cannot be found out, it is.
fn has_wasm_target() -> bool {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]).output();
    let Ok(output) = output else { return true };
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    !output.status.success() || folder.is_dir()
}

/// The real path; without the `\\?\` of Windows, which cargo does not print.
fn dunce(path: &Path) -> Result<PathBuf> {
    let real = path.canonicalize().with_context(|| format!("`{}` cannot be read", path.display()))?;
    let text = real.to_string_lossy();
    Ok(text.strip_prefix(r"\\?\").map_or_else(|| real.clone(), PathBuf::from))
}
