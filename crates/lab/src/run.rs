//! Runs Rust's own column and collects its traces.

use std::sync::{Mutex, PoisonError};

use ponton::trace;

use crate::catalog::{Part, Scenario, scenarios};
use crate::line::{Outcome, Outcomes, from_record};
use crate::scenarios::body_of;

/// Far more than any part records; a part that loses records is a bug of the lab.
const CAPACITY: usize = 4096;

/// The trace is one per process, so parts run one at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs one part of a scenario.
///
/// # Panics
/// When the part exists in `scenarios.json` but has no Rust code, or floods the trace.
pub fn run_part(scenario: &Scenario, part: &Part) -> Outcome {
    if let Some(why) = part.unavailable("rust") {
        return Outcome::Unavailable(why.to_owned());
    }
    let Some(body) = body_of(&scenario.name, &part.name) else {
        panic!("{} {} has no code in Rust", scenario.name, part.name);
    };
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    trace::label_thread("loop");
    trace::start("rust", CAPACITY);
    body();
    let trace = trace::stop();
    assert_eq!(trace.lost, 0, "{} {} recorded too much", scenario.name, part.name);
    let records = trace.records.into_iter();
    Outcome::Recorded(records.map(|r| from_record(r, &scenario.name, &part.name)).collect())
}

/// Runs every part of the scenarios given.
pub fn run_all<'a>(wanted: impl IntoIterator<Item = &'a Scenario>) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for scenario in wanted {
        for part in &scenario.parts {
            let key = (scenario.name.clone(), part.name.clone());
            outcomes.insert(key, run_part(scenario, part));
        }
    }
    outcomes
}

/// Runs the whole lab.
pub fn run_everything() -> Outcomes {
    run_all(scenarios())
}
