//! What the lab knows about its scenarios: `scenarios.json`, the one place for their texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// One idea, shown on every host.
#[derive(Debug, Deserialize, Serialize)]
pub struct Scenario {
    /// Its number in the list of scenarios.
    pub number: u32,
    /// `lazy-vs-eager`.
    pub name: String,
    /// A headline.
    pub title: String,
    /// The one sentence on what to notice.
    pub notice: String,
    /// Tutorial claims this scenario puts right.
    pub claims: Vec<Claim>,
    /// The runs it consists of.
    pub parts: Vec<Part>,
}

/// A claim often met in tutorials, and what a run shows.
#[derive(Debug, Deserialize, Serialize)]
pub struct Claim {
    /// What is said.
    pub claim: String,
    /// What is so.
    pub so: String,
}

/// One run; each host records its own trace of it.
#[derive(Debug, Deserialize, Serialize)]
pub struct Part {
    /// `call-then-await`.
    pub name: String,
    /// A headline.
    pub title: String,
    /// Whether the hosts call Rust through the bridge in it.
    #[serde(default)]
    pub bridge: bool,
    /// The means of each language: `rust`, `python`, `js`; `null` where it has none.
    pub how: BTreeMap<String, Option<String>>,
    /// Why a language has none.
    #[serde(default)]
    pub unavailable: BTreeMap<String, String>,
}

impl Part {
    /// The means `host` has for this part, if any.
    pub fn how(&self, host: &str) -> Option<&str> {
        self.how.get(language(host))?.as_deref()
    }

    /// Why `host` has none.
    pub fn unavailable(&self, host: &str) -> Option<&str> {
        self.unavailable.get(language(host)).map(String::as_str)
    }
}

/// The language a host speaks: Node and the browser share one.
pub fn language(host: &str) -> &str {
    match host {
        "node" | "browser" => "js",
        other => other,
    }
}

#[derive(Deserialize)]
struct Catalog {
    scenarios: Vec<Scenario>,
}

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| serde_json::from_str(include_str!("../scenarios.json")).expect("scenarios.json is valid"));

/// Every scenario, in order.
pub fn scenarios() -> &'static [Scenario] {
    &CATALOG.scenarios
}

/// The scenarios a user asked for by name or number; all of them when they did not.
///
/// # Errors
/// A message that lists the names that exist.
pub fn select(wanted: Option<&str>) -> Result<Vec<&'static Scenario>, String> {
    let Some(wanted) = wanted else {
        return Ok(scenarios().iter().collect());
    };
    let is_it = |s: &&Scenario| s.name == wanted || s.number.to_string() == wanted;
    if let Some(scenario) = scenarios().iter().find(is_it) {
        return Ok(vec![scenario]);
    }
    let mut message = format!("unknown scenario: {wanted}\nscenarios:\n");
    message.push_str(&list());
    Err(message)
}

/// Number, name and title of every scenario, one line each.
pub fn list() -> String {
    scenarios().iter().fold(String::new(), |mut out, s| {
        let _ = writeln!(out, "{:>4}  {:<22}{}", s.number, s.name, s.title);
        out
    })
}
