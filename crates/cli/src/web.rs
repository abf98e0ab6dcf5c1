//! The wasm half of `ponton build --host web`: from what cargo built to what a browser imports.
//!
//! The module brings its JavaScript along in custom sections, so that the runtime is always the one it was
//! compiled against. Written into the output folder, for a crate `kv`:
//!
//! | file | holds |
//! | --- | --- |
//! | `kv_bg.wasm` | the module, without those sections |
//! | `kv_bg.js` | wasm-bindgen's glue; `snippets/` belongs to it |
//! | `runtime.js` | the JavaScript that Node and the browser share |
//! | `api.js` | the loader: its default export is the finished API, once the module has been fetched |

mod glue;
mod runtime;

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::package::Package;

/// What rustc must be told when it builds the module: the loader restores the stack pointer after a panic.
pub(crate) const RUSTFLAGS: &str = "-Clink-arg=--export=__stack_pointer";

/// The environment variable that names the `wasm-opt` to use.
const WASM_OPT_VAR: &str = "PONTON_WASM_OPT";

/// Older ones (Debian's 108, say) break modules that use reference types.
const OLDEST_WASM_OPT: u32 = 116;

/// What rustc turns on by default, for `wasm-opt` to keep to.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// How to process a module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Strip names and run `wasm-opt -Oz`, where one is found.
    pub(crate) optimize: bool,
}

/// What became of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Optimized {
    /// `wasm-opt` made it smaller.
    Yes,
    /// Nobody asked for it.
    NotAsked,
    /// There is no `wasm-opt`, or only an old one; the module works, but is larger.
    NoTool,
}

/// Why a module could not be processed.
#[derive(Debug)]
pub(crate) enum Error {
    /// wasm-bindgen refused it.
    Bindgen(String),
    /// It has no section of that name.
    NotPonton(&'static str),
    /// A file could not be read or written.
    Io(PathBuf, io::Error),
    /// `wasm-opt` failed.
    WasmOpt(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bindgen(cause) => write!(f, "wasm-bindgen cannot process the module: {cause}"),
            Self::NotPonton(section) => write!(
                f,
                "the module has no section `{section}`: build the crate with its feature for `ponton/web`, as a `cdylib`, \
                 with at least one #[ponton::bridge] module in it"
            ),
            Self::Io(path, cause) => write!(f, "{}: {cause}", path.display()),
            Self::WasmOpt(cause) => write!(f, "wasm-opt failed: {cause}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, cause) => Some(cause),
            Self::Bindgen(_) | Self::NotPonton(_) | Self::WasmOpt(_) => None,
        }
    }
}

/// Turns the module that cargo built into the files above.
pub(crate) fn bindgen(wasm: &Path, package: &Package, out_dir: &Path, options: Options) -> Result<Optimized, Error> {
    let stem = wasm.file_stem().unwrap_or_default().to_string_lossy().replace('-', "_");
    let refused = |error| Error::Bindgen(format!("{error:#}"));

    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name(&stem)
        .typescript(false)
        .omit_default_module_path(true)
        .reset_state_function(true);
    bindgen.remove_name_section(options.optimize).remove_producers_section(options.optimize);
    let mut output = bindgen.web(true).map_err(refused)?.generate_output().map_err(refused)?;

    let mut section = |name| {
        let section = output.wasm_mut().customs.remove_raw(name).ok_or(Error::NotPonton(name))?;
        Ok(String::from_utf8_lossy(&section.data).into_owned())
    };
    let parts = section("ponton-runtime")?;
    let loader = section("ponton-loader")?;
    let host = output.local_modules().keys().find(|path| path.ends_with("src/host.js")).cloned();
    let host = host.ok_or(Error::NotPonton("host.js"))?;

    let module = output.wasm_mut();
    if !module.exports.iter().any(|export| export.name == "__stack_pointer") {
        return Err(Error::Bindgen("it does not export `__stack_pointer`, though rustc was told so".to_owned()));
    }
    for export in runtime::unneeded_exports(package) {
        let _ = module.exports.remove(export);
    }
    let mut imports = BTreeMap::<_, Vec<_>>::new();
    for import in module.imports.iter() {
        imports.entry(import.module.clone()).or_default().push(import.name.clone());
    }
    let short = glue::short(imports.get(&format!("./{stem}_bg.js")).map_or(&[], Vec::as_slice));
    for import in module.imports.iter_mut() {
        if let Some(name) = short.get(&import.name) {
            import.name.clone_from(name);
        }
    }

    output.emit(out_dir).map_err(refused)?;
    // wasm-bindgen calls the glue `kv.js`, a name that the package's own entry may want.
    let made = out_dir.join(format!("{stem}.js"));
    let renamed = out_dir.join(format!("{stem}_bg.js"));
    let text = fs::read_to_string(&made).map_err(|error| Error::Io(made.clone(), error))?;
    write(&renamed, &glue::open(&text, &imports, &short).map_err(Error::Bindgen)?)?;
    fs::remove_file(&made).map_err(|error| Error::Io(made, error))?;
    // An expression, which Node evaluates as it is.
    let assemble = |text: &str| runtime::assemble(text, |part| runtime::needs(package, part));
    write(&out_dir.join("runtime.js"), &format!("export default {}", assemble(&parts)))?;
    write(
        &out_dir.join("api.js"),
        &assemble(&loader).replace("__STEM__", &stem).replace("__HOST__", &format!("./snippets/{host}")),
    )?;

    if !options.optimize {
        return Ok(Optimized::NotAsked);
    }
    let Some(tool) = find_wasm_opt(out_dir) else { return Ok(Optimized::NoTool) };
    optimize(&tool, &out_dir.join(format!("{stem}_bg.wasm")))?;
    Ok(Optimized::Yes)
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|error| Error::Io(path.to_owned(), error))
}

fn optimize(tool: &Path, wasm: &Path) -> Result<(), Error> {
    let run = Command::new(tool)
        .args(["-Oz", "--converge", "--strip-target-features"])
        .args(FEATURES)
        .arg(wasm)
        .arg("-o")
        .arg(wasm)
        .output();
    let output = run.map_err(|error| Error::Io(tool.to_owned(), error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::WasmOpt(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// The one that is named; else npm's `binaryen` of the package or one above it; else one on the `PATH`.
fn find_wasm_opt(out_dir: &Path) -> Option<PathBuf> {
    if let Some(named) = env::var_os(WASM_OPT_VAR) {
        return Some(named.into());
    }
    let start = fs::canonicalize(out_dir).ok()?;
    let installed = start.ancestors().map(|folder| folder.join("node_modules/.bin/wasm-opt"));
    let on_path = env::var_os("PATH").unwrap_or_default();
    installed.chain(env::split_paths(&on_path).map(|folder| folder.join("wasm-opt"))).find(|tool| is_usable(tool))
}

/// `wasm-opt --version` answers `wasm-opt version 123 (…)`.
fn is_usable(tool: &Path) -> bool {
    if !tool.is_file() {
        return false;
    }
    let Ok(output) = Command::new(tool).arg("--version").output() else { return false };
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().find_map(|word| word.parse::<u32>().ok()).is_some_and(|version| version >= OLDEST_WASM_OPT)
}
