//! The demo: runs every host, compares them in the terminal, and writes the page.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::catalog::Scenario;
use crate::check::{Expectations, Verdict};
use crate::line::{self, Outcomes};
use crate::table::{self, Column, Style, Verdicts, host_title};
use crate::{page, run};

/// What to run and where.
pub struct Settings {
    /// The scenarios to run.
    pub scenarios: Vec<&'static Scenario>,
    /// A Python that can import `ponton`.
    pub python: PathBuf,
    /// Node.js.
    pub node: PathBuf,
    /// The entry module of a web build, to run in the browser and to embed in the page.
    pub web: Option<PathBuf>,
    /// Where the page and the traces go.
    pub out: PathBuf,
}

/// Runs the demo. A host that cannot run is said so in its column.
///
/// # Errors
/// When the page or a trace cannot be written.
pub fn run(settings: &Settings) -> io::Result<()> {
    fs::create_dir_all(&settings.out)?;
    let repository = repository();
    let mut columns = Vec::new();
    for host in ["rust", "python", "node", "browser"] {
        progress(&format!("{} …", host_title(host)));
        let outcomes = match host {
            "rust" => Ok(run::run_all(settings.scenarios.iter().copied())),
            _ => collect(host, settings, &repository),
        };
        if let Err(why) = &outcomes {
            progress(&format!("{}: not run: {why}", host_title(host)));
        }
        if let Ok(outcomes) = &outcomes {
            let text = line::to_json(host, &settings.scenarios, outcomes);
            fs::write(settings.out.join(format!("{host}.jsonl")), text)?;
        }
        let verdicts = judge(host, settings, outcomes.as_ref().ok(), &repository);
        columns.push(Column { host, outcomes, verdicts });
    }
    let mut out = io::stdout().lock();
    let style = Style::of_stdout();
    for scenario in &settings.scenarios {
        out.write_all(table::render(scenario, &columns, style).as_bytes())?;
    }
    writeln!(out, "\n{}", summary(&columns))?;
    let path = settings.out.join("index.html");
    fs::write(&path, page::render(settings, &columns, &repository)?)?;
    writeln!(out, "The same as a page, with the code beside it: {}", path.display())
}

fn summary(columns: &[Column]) -> String {
    let verdicts: Vec<_> = columns.iter().flat_map(|column| column.verdicts.values()).collect();
    let as_expected = verdicts.iter().filter(|verdict| !matches!(verdict, Verdict::Failed(_))).count();
    format!("{as_expected} of {} traces are as expected.", verdicts.len())
}

/// The checkout this program was built from: the other hosts' programs are there.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn progress(text: &str) {
    eprintln!("lab: {text}");
}

/// Runs another host's own program and reads its `--json` output.
fn collect(host: &str, settings: &Settings, repository: &Path) -> Result<Outcomes, String> {
    let mut command = match host {
        "python" => {
            let mut command = Command::new(&settings.python);
            command.args(["-m", "ponton", "lab"]);
            command
        }
        "node" => {
            let mut command = Command::new(&settings.node);
            command.arg(repository.join("node/bin/ponton.mjs")).arg("lab");
            command
        }
        _ => {
            let mut command = Command::new(&settings.node);
            command.arg(repository.join("tests/browser/lab/collect.mjs"));
            if let Some(web) = &settings.web {
                command.arg("--web").arg(web);
            }
            command
        }
    };
    command.arg("--json");
    if let [only] = settings.scenarios.as_slice() {
        command.arg(&only.name);
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| format!("{program}: {e}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let last = stderr.lines().rev().find(|line| !line.trim().is_empty());
        return Err(last.map_or_else(|| output.status.to_string(), |line| line.trim().to_owned()));
    }
    let stdout = String::from_utf8(output.stdout).map_err(|e| e.to_string())?;
    let outcomes = line::parse(&stdout)?;
    if outcomes.is_empty() { Err("it recorded nothing".to_owned()) } else { Ok(outcomes) }
}

/// Holds what was recorded against the conformance data, where that is at hand.
fn judge(host: &str, settings: &Settings, outcomes: Option<&Outcomes>, repository: &Path) -> Verdicts {
    let folder = repository.join("tests/conformance/scenarios");
    let mut verdicts = Verdicts::new();
    let Some(outcomes) = outcomes else { return verdicts };
    for scenario in &settings.scenarios {
        let Ok(expectations) = Expectations::load(&folder, &scenario.name) else { continue };
        for part in &scenario.parts {
            let key = (scenario.name.clone(), part.name.clone());
            let expected = expectations.of(&part.name, host);
            if let (Some(expected), Some(outcome)) = (expected, outcomes.get(&key)) {
                verdicts.insert(key, expected.judge(outcome));
            }
        }
    }
    verdicts
}
