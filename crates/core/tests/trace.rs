//! The lifecycle trace. One test: the trace is one per process.

mod common;

use std::task::Poll;

use common::{Probe, TestHost};
use ponton_core::task::Task;
use ponton_core::trace::{self, Event};

fn life(name: &'static str, cancel: bool) {
    let host = TestHost::default();
    let (probe, seen) = Probe::new();
    let task = Task::new(name, probe, host.clone());
    assert!(task.poll_first().is_pending());
    if cancel {
        task.cancel();
    } else {
        seen.make_ready();
        seen.waker().wake();
        host.run_due();
    }
}

#[test]
fn records_what_happened_in_order_and_stays_bounded() {
    use Event::{Cancelled, Created, Dropped, FirstPoll, Mark, Pending, Ready, Woken};

    life("untraced", false);
    assert!(trace::stop().records.is_empty(), "off means silent");

    trace::start("rust", 100);
    trace::label_thread("loop");
    life("done", false);
    life("stopped", true);
    trace::mark("note", "say \"hi\"\n");
    let nested = Task::new(
        "outer",
        async {
            let inner = Task::new("inner", async { 1_u32 }, TestHost::default());
            matches!(inner.poll_first(), Poll::Ready(_))
        },
        TestHost::default(),
    );
    assert!(nested.poll_first().is_ready());
    let trace = trace::stop();
    assert_eq!(trace.lost, 0);
    let seqs: Vec<u64> = trace.records.iter().map(|r| r.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    let events =
        |task: &str| -> Vec<Event> { trace.records.iter().filter(|r| r.task == task).map(|r| r.event).collect() };
    assert_eq!(events("done#1"), [Created, FirstPoll, Pending, Woken, Ready]);
    assert_eq!(events("stopped#2"), [Created, FirstPoll, Pending, Cancelled, Dropped]);
    assert_eq!(events("note"), [Mark]);
    let inner = trace.records.iter().find(|r| r.task == "inner#4").expect("inner is traced");
    assert_eq!((inner.parent.as_str(), inner.host, inner.thread.as_str()), ("outer#3", "rust", "loop"));
    let note = trace.records.iter().find(|r| r.task == "note").expect("the mark is there");
    let line = note.to_json();
    assert!(line.starts_with("{\"v\":1,\"seq\":"), "{line}");
    assert!(
        line.ends_with(r#""host":"rust","thread":"loop","task":"note","event":"mark","note":"say \"hi\"\n"}"#),
        "{line}"
    );

    trace::start("rust", 3);
    life("done", false);
    let bounded = trace::stop();
    assert_eq!((bounded.records.len(), bounded.lost), (3, 2));
    assert_eq!(bounded.records[0].seq, 3, "the oldest go first");
    for event in Event::ALL {
        assert_eq!(Event::from_name(event.name()), Some(event));
    }
}
