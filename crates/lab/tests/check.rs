//! The checker must fail when it should.

use ponton_lab::check::{Expected, Verdict};
use ponton_lab::line::{EventLine, Outcome};

fn trace(events: &[(&str, &str, &str)]) -> Outcome {
    let line = |(index, (task, event, note)): (usize, &(&str, &str, &str))| EventLine {
        v: 1,
        seq: index as u64 + 1,
        t_us: 0,
        host: "rust".to_owned(),
        thread: "loop".to_owned(),
        task: (*task).to_owned(),
        event: (*event).to_owned(),
        note: (*note).to_owned(),
        parent: String::new(),
        scenario: "s".to_owned(),
        part: "p".to_owned(),
    };
    Outcome::Recorded(events.iter().enumerate().map(line).collect())
}

fn expected(json: &str) -> Expected {
    serde_json::from_str(json).expect("valid")
}

fn failed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Failed(_))
}

#[test]
fn order_absence_and_count_are_judged() {
    let recorded = trace(&[("main", "mark", "hello"), ("sleep#1", "created", ""), ("sleep#1", "dropped", "")]);
    let passes = r#"{"order":[["main: hello","sleep created","sleep#1 dropped"]],
                     "absent":["sleep first_poll"],"count":{"sleep created":1}}"#;
    assert_eq!(expected(passes).judge(&recorded), Verdict::Passed);
    for fails in [
        r#"{"order":[["sleep dropped","sleep created"]]}"#,
        r#"{"order":[["main: world"]]}"#,
        r#"{"order":[["sleep#2 created"]]}"#,
        r#"{"order":[["main: hello"]],"absent":["sleep dropped"]}"#,
        r#"{"order":[["main: hello"]],"count":{"sleep created":2}}"#,
        r#"{"absent":["sleep first_poll"]}"#,
    ] {
        assert!(failed(&expected(fails).judge(&recorded)), "{fails}");
    }
}

#[test]
fn an_empty_or_missing_trace_fails() {
    let any = expected(r#"{"order":[["main: hello"]]}"#);
    assert!(failed(&any.judge(&trace(&[]))));
    assert!(failed(&any.judge(&Outcome::Unavailable("not built".to_owned()))));
}

#[test]
fn only_what_may_be_unavailable_is() {
    let unavailable = Outcome::Unavailable("too old".to_owned());
    let optional = expected(r#"{"order":[["main: hello"]],"optional":"came later"}"#);
    assert_eq!(optional.judge(&unavailable), Verdict::Passed);
    let never = expected(r#"{"unavailable":true}"#);
    assert_eq!(never.judge(&unavailable), Verdict::Passed);
    assert!(failed(&never.judge(&trace(&[("main", "mark", "hello")]))));
}

#[test]
fn a_known_failure_that_passes_is_told() {
    let known = expected(r#"{"order":[["main: hello"]],"known_failure":"because"}"#);
    let hello = trace(&[("main", "mark", "hello")]);
    let world = trace(&[("main", "mark", "world")]);
    assert_eq!(known.judge(&world), Verdict::KnownFailure("because".to_owned()));
    assert!(failed(&known.judge(&hello)));
}
