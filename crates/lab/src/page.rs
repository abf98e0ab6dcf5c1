//! The page: the recorded traces as swimlanes with the code beside them, in one file that needs no network.
//!
//! The data is embedded as JSON; `page/page.js` draws recorded and live traces alike.

use std::fs;
use std::io;
use std::path::{Component, Path};

use serde_json::{Map, Value, json};

use crate::catalog::Scenario;
use crate::demo::Settings;
use crate::line::Outcome;
use crate::snippet::snippet;
use crate::table::{Column, host_title};

const TEMPLATE: &str = include_str!("page/template.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The page's text.
///
/// # Errors
/// When a scenario's source file or the web build cannot be read.
pub fn render(settings: &Settings, columns: &[Column], repository: &Path) -> io::Result<String> {
    let data = json!({
        "scenarios": settings.scenarios,
        "columns": columns.iter().map(|column| column_data(column, &settings.scenarios)).collect::<Vec<_>>(),
        "code": code(&settings.scenarios, repository)?,
        "sources": sources(&settings.scenarios, repository)?,
        "web": settings.web.as_deref().map(web).transpose()?,
    });
    // `</script>` and `<!--` in a source would end the element: no `<` in JSON needs to stand for itself.
    let data = data.to_string().replace('<', "\\u003c");
    Ok(TEMPLATE.replace("/*STYLE*/", STYLE).replace("/*SCRIPT*/", SCRIPT).replace("/*DATA*/", &data))
}

fn column_data(column: &Column, scenarios: &[&Scenario]) -> Value {
    let mut runs = Map::new();
    if let Ok(outcomes) = &column.outcomes {
        for scenario in scenarios {
            for part in &scenario.parts {
                let key = (scenario.name.clone(), part.name.clone());
                let run = match outcomes.get(&key) {
                    None => json!({ "unavailable": "nothing recorded" }),
                    Some(Outcome::Unavailable(why)) => json!({ "unavailable": why }),
                    Some(Outcome::Recorded(events)) => {
                        json!({ "events": events, "verdict": column.verdicts.get(&key) })
                    }
                };
                runs.insert(format!("{}/{}", key.0, key.1), run);
            }
        }
    }
    json!({
        "host": column.host,
        "title": host_title(column.host),
        "missing": column.outcomes.as_ref().err(),
        "runs": runs,
    })
}

/// The snippets of every part, cut from the files that were run.
fn code(scenarios: &[&Scenario], repository: &Path) -> io::Result<Value> {
    let mut code = Map::new();
    let bridge = read(repository, "crates/lab/src/bridge.rs")?;
    for scenario in scenarios {
        let name = &scenario.name;
        let snake = name.replace('-', "_");
        let rust = read(repository, &format!("crates/lab/src/scenarios/{snake}.rs"))?;
        let python = read(repository, &format!("python/ponton/lab/scenarios/{snake}.py"))?;
        let js = read(repository, &format!("node/lab/scenarios/{name}.mjs"))?;
        for part in &scenario.parts {
            // What every host calls, then how Rust itself does.
            let in_rust = [snippet(&bridge, &part.name), snippet(&rust, &part.name)];
            let cut = json!({
                "rust": in_rust.join("\n\n").trim(),
                "python": snippet(&python, &part.name),
                "js": snippet(&js, &part.name),
            });
            code.insert(format!("{name}/{}", part.name), cut);
        }
    }
    Ok(Value::Object(code))
}

/// The JavaScript that the page runs live: the very files Node and the browser ran.
fn sources(scenarios: &[&Scenario], repository: &Path) -> io::Result<Value> {
    let mut sources = Map::new();
    let scenarios = scenarios.iter().map(|scenario| format!("scenarios/{}.mjs", scenario.name));
    for name in ["tracer.mjs", "run.mjs"].map(str::to_owned).into_iter().chain(scenarios) {
        let text = read(repository, &format!("node/lab/{name}"))?;
        sources.insert(name, Value::String(text));
    }
    Ok(Value::Object(sources))
}

/// A web build: its entry, and what that leads to; modules as text, wasm as base64.
fn web(entry: &Path) -> io::Result<Value> {
    let folder = entry.parent().unwrap_or(Path::new("."));
    let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut files = Map::new();
    embed(folder, &name, &mut files)?;
    Ok(json!({ "entry": name, "files": files }))
}

/// Embeds a file of the web build and every file that one of its string literals names.
fn embed(folder: &Path, name: &str, files: &mut Map<String, Value>) -> io::Result<()> {
    let path = folder.join(name);
    if extension(name) == Some("wasm") {
        files.insert(name.to_owned(), Value::String(base64(&fs::read(path)?)));
        return Ok(());
    }
    let text = fs::read_to_string(path)?;
    files.insert(name.to_owned(), Value::String(text.clone()));
    let beside = Path::new(name).parent().unwrap_or(Path::new(""));
    for literal in text.split(['"', '\'']).filter(|text| matches!(extension(text), Some("js" | "wasm"))) {
        let target = normal(&beside.join(literal));
        if !files.contains_key(&target) && folder.join(&target).is_file() {
            embed(folder, &target, files)?;
        }
    }
    Ok(())
}

fn extension(name: &str) -> Option<&str> {
    Path::new(name).extension()?.to_str()
}

/// The path without `.` and `..`, with `/` between its parts.
fn normal(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

fn read(repository: &Path, path: &str) -> io::Result<String> {
    fs::read_to_string(repository.join(path)).map_err(|e| io::Error::new(e.kind(), format!("{path}: {e}")))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = [0, 1, 2].map(|i| u32::from(chunk.get(i).copied().unwrap_or(0)));
        let word = word[0] << 16 | word[1] << 8 | word[2];
        for digit in 0..4 {
            let index = (word >> (18 - 6 * digit)) & 63;
            out.push(if digit <= chunk.len() { char::from(DIGITS[index as usize]) } else { '=' });
        }
    }
    out
}
