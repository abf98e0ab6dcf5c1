//! One line of a host's `--json` output, and lines grouped by what they belong to.

use std::collections::BTreeMap;

use ponton::trace::Record;
use serde::{Deserialize, Serialize};

use crate::catalog::Scenario;

/// One recorded event: a trace record of format version 1, and where it belongs.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EventLine {
    /// The format version: 1.
    pub v: u32,
    /// Position in the trace of this part, from 1.
    pub seq: u64,
    /// Microseconds since that trace began.
    pub t_us: u64,
    /// `rust`, `python`, `node` or `browser`.
    pub host: String,
    /// `loop`, `worker`, or the thread's name.
    pub thread: String,
    /// `name#id`, or a plain name for notes outside of any future.
    pub task: String,
    /// A lifecycle step, or `mark`.
    pub event: String,
    /// Free text.
    pub note: String,
    /// The future whose poll created this one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parent: String,
    /// The scenario's name.
    pub scenario: String,
    /// The part's name.
    pub part: String,
}

/// Says why a host recorded nothing for a part.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct UnavailableLine {
    /// The format version: 1.
    pub v: u32,
    /// The host that could not run it.
    pub host: String,
    /// The scenario's name.
    pub scenario: String,
    /// The part's name.
    pub part: String,
    /// Why.
    pub unavailable: String,
}

/// One line of `--json` output.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Line {
    /// Something happened.
    Event(EventLine),
    /// Nothing could be recorded.
    Unavailable(UnavailableLine),
}

/// What one host has to say about one part.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The trace, by ascending `seq`.
    Recorded(Vec<EventLine>),
    /// Why there is none.
    Unavailable(String),
}

impl Outcome {
    fn lines(&self, host: &str, scenario: &str, part: &str) -> Vec<Line> {
        match self {
            Self::Recorded(events) => events.iter().cloned().map(Line::Event).collect(),
            Self::Unavailable(why) => vec![Line::Unavailable(UnavailableLine {
                v: 1,
                host: host.to_owned(),
                scenario: scenario.to_owned(),
                part: part.to_owned(),
                unavailable: why.clone(),
            })],
        }
    }
}

/// A trace record of this process as a line.
pub fn from_record(record: Record, scenario: &str, part: &str) -> EventLine {
    EventLine {
        v: 1,
        seq: record.seq,
        t_us: record.t_us,
        host: record.host.to_owned(),
        thread: record.thread,
        task: record.task,
        event: record.event.name().to_owned(),
        note: record.note,
        parent: record.parent,
        scenario: scenario.to_owned(),
        part: part.to_owned(),
    }
}

/// Outcomes of one host, keyed by scenario and part.
pub type Outcomes = BTreeMap<(String, String), Outcome>;

/// The `--json` output of `host`: its outcomes in the order of the catalog.
///
/// # Panics
/// Never: lines are plain data.
pub fn to_json(host: &str, wanted: &[&Scenario], outcomes: &Outcomes) -> String {
    let mut out = String::new();
    for scenario in wanted {
        for part in &scenario.parts {
            let Some(outcome) = outcomes.get(&(scenario.name.clone(), part.name.clone())) else {
                continue;
            };
            for line in outcome.lines(host, &scenario.name, &part.name) {
                out.push_str(&serde_json::to_string(&line).expect("lines are plain data"));
                out.push('\n');
            }
        }
    }
    out
}

/// Reads a host's `--json` output.
///
/// # Errors
/// The first line that is not a record, with its number.
pub fn parse(text: &str) -> Result<Outcomes, String> {
    let mut outcomes = Outcomes::new();
    for (index, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let line = serde_json::from_str(text).map_err(|e| format!("line {}: {e}", index + 1))?;
        match line {
            Line::Event(event) => {
                let key = (event.scenario.clone(), event.part.clone());
                let entry = outcomes.entry(key).or_insert_with(|| Outcome::Recorded(Vec::new()));
                if let Outcome::Recorded(events) = entry {
                    events.push(event);
                }
            }
            Line::Unavailable(line) => {
                let why = Outcome::Unavailable(line.unavailable);
                outcomes.insert((line.scenario, line.part), why);
            }
        }
    }
    for outcome in outcomes.values_mut() {
        if let Outcome::Recorded(events) = outcome {
            events.sort_by_key(|event| event.seq);
        }
    }
    Ok(outcomes)
}
