//! Holds a recorded trace against the expected order: `tests/conformance/README.md` has the format.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::catalog::language;
use crate::line::{EventLine, Outcome};

/// What is expected of one scenario: for each part, what each host must record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectations {
    /// The scenario's name.
    pub scenario: String,
    /// By part, then by host or language.
    pub parts: BTreeMap<String, BTreeMap<String, Expected>>,
}

/// What one host must record for one part.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Chains of events: each must come after the one before it.
    #[serde(default)]
    order: Vec<Vec<String>>,
    /// Events that must not be there.
    #[serde(default)]
    absent: Vec<String>,
    /// How often an event must be there.
    #[serde(default)]
    count: BTreeMap<String, usize>,
    /// The host has no means for this part: it must say so instead of recording.
    #[serde(default)]
    unavailable: bool,
    /// The host may say that it cannot run this part; the reason.
    optional: Option<String>,
    /// The host fails this today; the reason. When it passes, that is reported.
    known_failure: Option<String>,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All as expected.
    Passed,
    /// It fails, as the data says it does, for this reason.
    KnownFailure(String),
    /// What is not as expected.
    Failed(Vec<String>),
}

impl Expectations {
    /// Reads the expectations of `scenario` from a folder.
    ///
    /// # Errors
    /// When there is no such file or it does not follow the format.
    pub fn load(folder: &Path, scenario: &str) -> Result<Self, String> {
        let path = folder.join(format!("{scenario}.json"));
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// What `host` must record for `part`; a host's own entry goes before its language's.
    pub fn of(&self, part: &str, host: &str) -> Option<&Expected> {
        let hosts = self.parts.get(part)?;
        hosts.get(host).or_else(|| hosts.get(language(host)))
    }
}

impl Expected {
    /// Judges what a host recorded.
    pub fn judge(&self, outcome: &Outcome) -> Verdict {
        let failures = self.failures(outcome);
        match (&self.known_failure, failures.is_empty()) {
            (None, true) => Verdict::Passed,
            (None, false) => Verdict::Failed(failures),
            (Some(reason), false) => Verdict::KnownFailure(reason.clone()),
            (Some(reason), true) => Verdict::Failed(vec![format!("passes now; remove the known failure: {reason}")]),
        }
    }

    fn failures(&self, outcome: &Outcome) -> Vec<String> {
        let events = match outcome {
            Outcome::Recorded(_) if self.unavailable => {
                return vec!["recorded, though the host has no means for it".to_owned()];
            }
            Outcome::Recorded(events) if events.is_empty() => return vec!["empty trace".to_owned()],
            Outcome::Unavailable(_) if self.unavailable || self.optional.is_some() => return vec![],
            Outcome::Unavailable(why) => return vec![format!("not recorded: {why}")],
            Outcome::Recorded(events) => events,
        };
        let mut failures = Vec::new();
        if self.order.is_empty() {
            failures.push("no order is expected: that asserts nothing".to_owned());
        }
        failures.extend(self.order.iter().filter_map(|chain| broken(chain, events)));
        for pattern in &self.absent {
            if events.iter().any(|event| matches(pattern, event)) {
                failures.push(format!("there should be no `{pattern}`"));
            }
        }
        for (pattern, wanted) in &self.count {
            let found = events.iter().filter(|event| matches(pattern, event)).count();
            if found != *wanted {
                failures.push(format!("`{pattern}` {found} times instead of {wanted}"));
            }
        }
        failures
    }
}

/// The first link of the chain that is missing, told in words.
fn broken(chain: &[String], events: &[EventLine]) -> Option<String> {
    let mut rest = events.iter();
    let mut before = None;
    for pattern in chain {
        if !rest.any(|event| matches(pattern, event)) {
            return Some(match before {
                Some(before) => format!("no `{pattern}` after `{before}`"),
                None => format!("no `{pattern}`"),
            });
        }
        before = Some(pattern);
    }
    None
}

/// `task: note` matches a mark; `task event` matches a step of any future of that name.
fn matches(pattern: &str, event: &EventLine) -> bool {
    let same_task = |name: &str| name == event.task || event.task.split_once('#').is_some_and(|(base, _)| name == base);
    if let Some((task, note)) = pattern.split_once(": ") {
        return event.event == "mark" && event.note == note && same_task(task);
    }
    pattern.split_once(' ').is_some_and(|(task, name)| event.event == name && same_task(task))
}
