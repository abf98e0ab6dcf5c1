//! Rust's column, held against `tests/conformance`.

use std::path::Path;

use ponton_lab::catalog::{Scenario, scenarios};
use ponton_lab::check::{Expectations, Verdict};
use ponton_lab::run::run_part;

fn expectations(scenario: &Scenario) -> Expectations {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/scenarios");
    Expectations::load(&folder, &scenario.name).expect("the data is readable")
}

#[test]
fn every_trace_is_as_expected() {
    let mut failures = Vec::new();
    for scenario in scenarios() {
        let expectations = expectations(scenario);
        for part in &scenario.parts {
            let name = format!("{} {}", scenario.name, part.name);
            let Some(expected) = expectations.of(&part.name, "rust") else {
                failures.push(format!("{name}: nothing is expected of it"));
                continue;
            };
            match expected.judge(&run_part(scenario, part)) {
                Verdict::Passed => {}
                Verdict::KnownFailure(why) => eprintln!("{name}: known failure: {why}"),
                Verdict::Failed(why) => failures.extend(why.iter().map(|why| format!("{name}: {why}"))),
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn the_data_names_existing_parts_and_every_host() {
    for scenario in scenarios() {
        let expectations = expectations(scenario);
        assert_eq!(expectations.scenario, scenario.name);
        for part in expectations.parts.keys() {
            assert!(scenario.parts.iter().any(|p| p.name == *part), "{} has no part {part}", scenario.name);
        }
        for part in &scenario.parts {
            for host in ["rust", "python", "node", "browser"] {
                let expected = expectations.of(&part.name, host);
                assert!(expected.is_some(), "{} {} expects nothing of {host}", scenario.name, part.name);
            }
        }
    }
}
