//! The command itself, on authors' crates that are not part of this workspace.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

const PONTON: &str = env!("CARGO_BIN_EXE_ponton");

const MANIFEST: &str = r#"
[package]
name = "my-author"
version = "1.2.3"
edition = "2024"
license = "MIT"
[lib]
crate-type = ["cdylib", "rlib"]
[features]
node = ["ponton/node"]
[dependencies]
ponton = { path = "<ponton>" }
[workspace]
"#;

const BRIDGE: &str = r#"
/// Greets.
#[ponton::bridge]
pub mod greetings {
    /// Says hello to `name`.
    pub async fn greet(name: String) -> String {
        format!("hello {name}")
    }
}
"#;

/// A crate in a folder of its own, with a target folder of its own choice.
struct Author(PathBuf);

impl Author {
    fn new(name: &str, manifest: &str, lib: &str) -> Self {
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = temporary.join("authors").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::create_dir_all(folder.join(".cargo")).unwrap();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let ponton = repository.join("crates/ponton").display().to_string().replace('\\', "/");
        fs::write(folder.join("Cargo.toml"), manifest.replace("<ponton>", &ponton)).unwrap();
        fs::write(folder.join("src/lib.rs"), lib).unwrap();
        // The versions that the workspace has fetched already.
        fs::copy(repository.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let target = temporary.join("authors-target").display().to_string().replace('\\', "/");
        fs::write(folder.join(".cargo/config.toml"), format!("[build]\ntarget-dir = \"{target}\"\n")).unwrap();
        Self(folder)
    }

    fn ponton(&self, args: &[&str]) -> Output {
        let mut command = Command::new(PONTON);
        command.args(args).current_dir(&self.0).env_remove("CARGO_TARGET_DIR");
        command.output().unwrap()
    }

    #[track_caller]
    fn refuses(&self, args: &[&str], parts: &[&str]) {
        let output = self.ponton(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for part in parts {
            assert!(said.contains(part), "{said:?} lacks {part:?}");
        }
        assert!(output.stdout.is_empty());
    }

    #[track_caller]
    fn succeeds(&self, args: &[&str]) -> String {
        let output = self.ponton(args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }
}

const NODE: &[&str] = &["build", "--host", "node"];

#[test]
fn a_crate_without_what_it_needs() {
    let author = Author::new("no-cdylib", &MANIFEST.replace("\"cdylib\", ", ""), BRIDGE);
    author.refuses(NODE, &["`my-author` builds no cdylib", "crate-type"]);

    let author = Author::new("no-feature", MANIFEST, BRIDGE);
    author.refuses(&["build", "--host", "web"], &["no feature `web`", "web = [\"ponton/web\"]"]);

    let core = MANIFEST.replace("ponton = { path = \"<ponton>", "ponton-core = { path = \"<ponton>/../core");
    let author = Author::new("no-ponton", &core.replace("\"ponton/node\"", ""), "");
    author.refuses(NODE, &["does not depend on `ponton`", "cargo add ponton"]);
}

#[test]
fn a_crate_that_is_not_there() {
    let author = Author::new("elsewhere", "[workspace]\nmembers = []\n", "");
    author.refuses(NODE, &["is a workspace without a package", "--manifest-path"]);
    author.refuses(
        &["build", "--host", "node", "--manifest-path", "nowhere/Cargo.toml"],
        &["`nowhere/Cargo.toml` does not exist"],
    );
}

#[test]
fn usage_errors_end_with_2_and_say_what_there_is() {
    let author = Author::new("usage", MANIFEST, BRIDGE);
    let output = author.ponton(&["build", "--host", "ruby"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("python, node, web"));
}

/// One after the other, since they share a target folder.
#[test]
fn an_author_crate_for_node() {
    // Its own workspace and its own target folder.
    let author = Author::new("whole", MANIFEST, BRIDGE);
    author.succeeds(NODE);
    let files = fs::read_dir(author.0.join("dist/npm")).unwrap().map(|entry| PathBuf::from(entry.unwrap().file_name()));
    let addons = files.filter(|file| file.extension().is_some_and(|end| end == "node"));
    let addons: Vec<String> = addons.map(|file| file.display().to_string()).collect();
    assert!(addons.len() == 1 && addons[0].starts_with("my_author."), "{addons:?}");
    assert!(author.read("dist/npm/index.mjs").contains("  greet,\n"));
    let manifest: serde_json::Value = serde_json::from_str(&author.read("dist/npm/package.json")).unwrap();
    assert_eq!(manifest["name"], "my-author");
    assert_eq!(manifest["version"], "1.2.3");
    let conditions: Vec<_> = manifest["exports"]["."]["node"]["import"].as_object().unwrap().keys().collect();
    assert_eq!(conditions, ["types", "default"], "TypeScript takes the first that applies");

    // What ships holds no description.
    let addon = fs::read(author.0.join("dist/npm").join(&addons[0])).unwrap();
    assert!(ponton_cli::section::description(&addon).unwrap().is_empty());

    let types = author.succeeds(&["stubs", "--host", "js"]);
    assert_eq!(types, author.read("dist/npm/index.d.ts"));
    assert!(types.contains("/** Says hello to `name`. */\nexport function greet(name: string, options?:"), "{types}");
    author.succeeds(&["stubs", "--host", "js", "--check", "dist/npm/index.d.ts"]);

    // A change of the API: the old file is out of date, the author's own files stay, the others follow.
    fs::write(author.0.join("src/lib.rs"), BRIDGE.replace("name: String", "name: String, times: u8")).unwrap();
    fs::write(author.0.join("dist/npm/index.mjs"), "// mine\n").unwrap();
    author.refuses(
        &["stubs", "--host", "js", "--check", "dist/npm/index.d.ts"],
        &["out of date at line", "times: number"],
    );
    author.succeeds(NODE);
    assert_eq!(author.read("dist/npm/index.mjs"), "// mine\n");
    assert!(author.read("dist/npm/index.d.ts").contains("times: number"));
    author.succeeds(&["stubs", "--host", "js", "--check", "dist/npm/index.d.ts"]);

    // A build that fails leaves what was there.
    fs::write(author.0.join("src/lib.rs"), "fn broken(").unwrap();
    author.refuses(NODE, &["`my-author` did not build for Node.js", "see the messages above"]);
    assert!(author.read("dist/npm/index.d.ts").contains("times: number"));

    fs::write(author.0.join("src/lib.rs"), "").unwrap();
    author.refuses(NODE, &["no bridge module found", "#[ponton::bridge]"]);
}
