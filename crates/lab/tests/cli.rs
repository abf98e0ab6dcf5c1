//! The command line and the table, as a user meets them.

use std::process::{Command, Output};

use ponton_lab::catalog::scenarios;
use ponton_lab::line::{self, Outcome};

fn lab(args: &[&str], columns: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ponton-lab"));
    command.args(args).env("COLUMNS", columns).output().expect("it starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints UTF-8")
}

#[test]
fn json_is_one_record_a_line() {
    let output = lab(&["lazy-vs-eager", "--json"], "120");
    assert!(output.status.success());
    let outcomes = line::parse(&stdout(&output)).expect("every line is a record");
    assert_eq!(outcomes.len(), scenarios()[0].parts.len());
    for outcome in outcomes.values() {
        let Outcome::Recorded(events) = outcome else { panic!("not recorded: {outcome:?}") };
        assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq && event.v == 1 && event.host == "rust"));
    }
}

#[test]
fn a_line_that_is_no_record_is_named() {
    assert!(line::parse("\n{\"v\":1}\n").unwrap_err().starts_with("line 2"));
}

#[test]
fn an_unknown_scenario_names_those_that_exist() {
    let output = lab(&["nope"], "120");
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(scenarios().iter().all(|scenario| stderr.contains(&scenario.name)), "{stderr}");
}

#[test]
fn off_a_terminal_there_is_no_colour_and_the_width_is_kept() {
    let text = stdout(&lab(&["cancellation"], "50"));
    assert!(!text.contains('\x1b'));
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(50), "{longest:?}");
}
