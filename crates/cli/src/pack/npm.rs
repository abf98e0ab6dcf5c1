//! The importable npm package: a folder that holds the Node build, the web build, or both.

use std::env::consts;
use std::path::Path;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use super::{generate, replace};
use crate::api::Language;
use crate::cargo::Crate;
use crate::package::Package;
use crate::print::typescript::typings;
use crate::print::{GENERATED, each};
use crate::progress::step;

/// Writes the addon and its two entries.
///
/// # Errors
/// When Node knows no such platform, or a file cannot be written.
pub fn write_node(package: &Package, library: &[u8], stem: &str, out_dir: &Path, target: Option<&str>) -> Result<()> {
    replace(&out_dir.join(format!("{stem}.{}.node", platform(target)?)), library)?;
    generate(&out_dir.join("index.cjs"), &cjs(stem))?;
    generate(&out_dir.join("index.mjs"), &esm(package))
}

/// Writes the web entry; the module and its loader are there already.
///
/// # Errors
/// When it cannot be written.
pub fn write_web(package: &Package, out_dir: &Path) -> Result<()> {
    generate(
        &out_dir.join("web.js"),
        &format!(
            "// {GENERATED}. The browser's entry: importing it fetches and starts the module.\n\
             import api from './api.js';\n\nexport const {{\n{}}} = api;\n",
            list(package)
        ),
    )
}

/// Writes the typings and, where there is none, `package.json`.
///
/// # Errors
/// When a file cannot be written.
pub fn write_common(package: &Package, krate: &Crate, name: Option<&str>, out_dir: &Path) -> Result<()> {
    let types = typings(package);
    generate(&out_dir.join("index.d.ts"), &types)?;
    if out_dir.join("index.cjs").exists() {
        // To TypeScript a declaration file is ESM or CJS by its name, so `require` needs the same text once more.
        generate(&out_dir.join("index.d.cts"), &types)?;
    }
    let mut manifest = serde_json::to_string_pretty(&manifest(krate, name, out_dir))?;
    manifest.push('\n');
    generate(&out_dir.join("package.json"), &manifest)
}

/// Says so when the folder holds the other host's build too, and its typings are about to change.
pub fn warn_of_other(package: &Package, out_dir: &Path, other: &str) {
    let old = std::fs::read_to_string(out_dir.join("index.d.ts")).unwrap_or_default();
    if out_dir.join(other).exists() && !old.is_empty() && old != typings(package) {
        step("Note", format!("{} is for {other} no more: build both with `--host node --host web`", "index.d.ts"));
    }
}

fn list(package: &Package) -> String {
    each(&package.value_names(Language::JavaScript), |name| format!("  {name},\n"))
}

fn esm(package: &Package) -> String {
    format!(
        "// {GENERATED}. ESM cannot import an addon by itself.\nimport {{ createRequire }} from 'node:module';\n\n\
         export const {{\n{}}} = createRequire(import.meta.url)('./index.cjs');\n",
        list(package)
    )
}

fn cjs(stem: &str) -> String {
    format!(
        "// {GENERATED}.\n{}",
        "'use strict';

const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const platform = `__STEM__.${process.platform}-${process.arch}`;
const addons = readdirSync(__dirname).filter((file) => file.startsWith('__STEM__.') && file.endsWith('.node')).sort();

function load() {
  // A Linux with musl refuses the build for glibc, and the other way round: the one that loads is the right one.
  const errors = [];
  for (const file of addons.filter((file) => file === `${platform}.node` || file.startsWith(`${platform}-`))) {
    try {
      return require(join(__dirname, file));
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  const cause = errors.length > 0 ? new AggregateError(errors) : undefined;
  throw new Error(`no native part that loads as ${platform}; there are: ${addons.join(', ') || 'none'}`, { cause });
}

module.exports = load();
"
        .replace("__STEM__", stem)
    )
}

/// `linux-x64-gnu`: Node's names of the system and the processor, and the C library where there are several.
fn platform(target: Option<&str>) -> Result<String> {
    let triple = target.map_or_else(here, str::to_owned);
    let parts: Vec<_> = triple.split('-').collect();
    let has = |part: &str| parts.iter().any(|p| p.starts_with(part));
    let processor = match parts[0] {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "i686" | "i586" | "x86" => "ia32",
        "powerpc64le" => "ppc64",
        "loongarch64" => "loong64",
        "s390x" => "s390x",
        other if other.starts_with("riscv64") => "riscv64",
        other if other.starts_with("arm") || other.starts_with("thumb") => "arm",
        other => bail!("Node.js does not run on `{other}`"),
    };
    let libc = if has("musl") { "-musl" } else { "-gnu" };
    Ok(match () {
        () if has("android") => format!("android-{processor}"),
        () if has("linux") => format!("linux-{processor}{libc}"),
        () if has("darwin") || has("macos") => format!("darwin-{processor}"),
        () if has("windows") => format!("win32-{processor}{}", if has("gnu") { "-gnu" } else { "-msvc" }),
        () if has("freebsd") => format!("freebsd-{processor}"),
        () => bail!("Node.js does not run on `{triple}`"),
    })
}

/// The machine this command was built for, as a triple.
fn here() -> String {
    let env = if cfg!(target_env = "musl") {
        "musl"
    } else if cfg!(target_env = "msvc") {
        "msvc"
    } else {
        "gnu"
    };
    format!("{}-unknown-{}-{env}", consts::ARCH, consts::OS)
}

fn manifest(krate: &Crate, name: Option<&str>, out_dir: &Path) -> Value {
    let node = out_dir.join("index.cjs").exists();
    let web = out_dir.join("web.js").exists();
    let browser = json!({ "types": "./index.d.ts", "default": "./web.js" });
    let mut conditions = Map::new();
    if node {
        let import = json!({ "types": "./index.d.ts", "default": "./index.mjs" });
        let require = json!({ "types": "./index.d.cts", "default": "./index.cjs" });
        conditions.insert("node".to_owned(), json!({ "import": import, "require": require }));
    }
    if web {
        conditions.insert("browser".to_owned(), browser.clone());
        conditions.insert("default".to_owned(), browser);
    }
    let mut manifest = Map::new();
    let mut add = |key: &str, value: Value| manifest.insert(key.to_owned(), value);
    add("//", format!("{GENERATED}. To change it, delete this line: the file is yours then.").into());
    add("name", name.unwrap_or(&krate.name).into());
    add("version", krate.version.clone().into());
    if let Some(description) = &krate.description {
        add("description", description.clone().into());
    }
    if let Some(license) = &krate.license {
        add("license", license.clone().into());
    }
    add("type", "module".into());
    if node {
        add("main", "./index.cjs".into());
    }
    add("types", "./index.d.ts".into());
    add("exports", json!({ ".": conditions, "./package.json": "./package.json" }));
    add("files", json!(["*.cjs", "*.mjs", "*.js", "*.d.ts", "*.d.cts", "*.node", "*.wasm", "snippets"]));
    manifest.into()
}

#[cfg(test)]
mod tests {
    use super::platform;

    #[test]
    fn platforms_are_named_as_node_names_them() {
        for (triple, expected) in [
            ("x86_64-unknown-linux-gnu", "linux-x64-gnu"),
            ("aarch64-unknown-linux-musl", "linux-arm64-musl"),
            ("armv7-unknown-linux-gnueabihf", "linux-arm-gnu"),
            ("aarch64-apple-darwin", "darwin-arm64"),
            ("x86_64-pc-windows-msvc", "win32-x64-msvc"),
            ("i686-pc-windows-gnu", "win32-ia32-gnu"),
            ("aarch64-linux-android", "android-arm64"),
        ] {
            assert_eq!(platform(Some(triple)).unwrap(), expected);
        }
        assert!(platform(None).is_ok());
        assert!(platform(Some("wasm32-wasip1")).is_err());
    }
}
