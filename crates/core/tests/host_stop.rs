//! Calls of host code that nobody waits for any more, or whose loop goes away.

mod common;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread;

use common::function::{Ask, Does, Function, ask};
use common::host::{Call, Loop, OnDrop, Place, elsewhere};
use ponton_core::host::{HostCall, HostError};
use ponton_core::task::{Cancelled, Outcome, Task};

const GONE: &str = "failed: AbortedError: the event loop went away while Rust waited for host code";

// ── stop ────────────────────────────────────────────────────────────────────

/// Its fields go in order: what Rust holds, then the call of host code.
struct Holds {
    _rust: OnDrop,
    call: HostCall<Result<u32, HostError>>,
}

impl Future for Holds {
    type Output = Result<u32, HostError>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.call).poll(cx)
    }
}

#[test]
fn cancelling_the_call_drops_its_future_and_with_it_stops_what_that_waits_for() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), Function::<Ask>::slow(&event_loop));
    let future = Holds { _rust: OnDrop(event_loop.clone(), "dropped"), call: f.host_fn().call((1,)) };
    let task = Task::new("ask", future, call);
    assert!(task.poll_first().is_pending());
    event_loop.log();
    assert_eq!(task.cancel(), Cancelled::Dropped);
    assert_eq!(event_loop.log(), ["dropped", "stop 1"]);
    assert_eq!(task.cancel(), Cancelled::TooLate);
    drop(task);
    assert_eq!((event_loop.turn(), event_loop.log().len()), (0, 0), "once");
}

#[test]
fn dropped_on_another_thread_it_is_stopped_on_the_loops() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call);
    assert!(task.poll_first().is_pending());
    elsewhere(|| task.cancel());
    assert_eq!(event_loop.log(), ["start 1", "dropped elsewhere"]);
    assert_eq!(event_loop.turn(), 1);
    assert_eq!(event_loop.log(), ["stop 1"]);
}

#[test]
fn dropped_on_its_way_to_the_loop_it_never_starts() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Ask>::slow(&event_loop));
    elsewhere(|| assert!(call.poll(pin!(f.host_fn().call((1,)))).is_pending()));
    assert_eq!(event_loop.turn(), 1, "the errand comes all the same");
    assert!(event_loop.log().is_empty());
    assert_eq!(f.holders(), 0);
}

#[test]
fn dropped_while_it_starts_it_is_stopped_right_after() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnWorker);
    let (start, is_starting) = mpsc::channel();
    let (gone, is_gone) = mpsc::channel::<()>();
    let is_gone: Mutex<Receiver<()>> = Mutex::new(is_gone);
    let f = Function::<Ask>::new(&event_loop, move |_, _| {
        start.send(()).unwrap();
        is_gone.lock().unwrap().recv().unwrap();
        Does::Waits
    });
    thread::scope(|scope| {
        let mut asked = Box::pin(f.host_fn().call((1,)));
        scope.spawn(move || {
            assert!(call.poll(asked.as_mut()).is_pending());
            is_starting.recv().unwrap();
            drop(asked);
            gone.send(()).unwrap();
        });
        event_loop.turn_until(|| f.is_waiting(1));
    });
    assert_eq!(event_loop.log(), ["start 1", "stop 1"]);
    f.reply(1).answer(Ok(Ok(5)));
    assert_eq!((event_loop.turn(), event_loop.log().len()), (0, 0));
}

#[test]
fn a_call_that_its_own_host_code_cancels_is_stopped_right_after() {
    type Slot = Arc<Mutex<Option<Box<dyn Fn() -> Cancelled + Send>>>>;
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnLoop);
    let cancel: Slot = Arc::default();
    let f = Function::<Ask>::new(&event_loop, {
        let cancel = Arc::clone(&cancel);
        move |_, _| {
            assert_eq!((cancel.lock().unwrap().as_ref().unwrap())(), Cancelled::Requested);
            Does::Waits
        }
    });
    let task = Task::new("ask", ask(&event_loop, &f, 1), call);
    let weak = Arc::downgrade(&task);
    *cancel.lock().unwrap() = Some(Box::new(move || weak.upgrade().unwrap().cancel()));
    assert_eq!(task.poll_first(), Poll::Ready(Outcome::Cancelled));
    assert_eq!(event_loop.log(), ["start 1", "stop 1", "dropped"]);
}

// ── a loop that goes away ───────────────────────────────────────────────────

#[test]
fn a_loop_that_is_gone_is_an_error_at_once() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Ask>::slow(&event_loop));
    event_loop.close();
    let task = Task::new("ask", ask(&event_loop, &f, 1), call.clone());
    task.start_elsewhere();
    elsewhere(|| call.run_due());
    assert_eq!(event_loop.log(), [format!("{GONE} elsewhere"), "dropped elsewhere".to_owned()]);
}

#[test]
fn a_loop_that_goes_fails_what_is_on_its_way_there() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call.clone());
    task.start_elsewhere();
    elsewhere(|| call.run_due());
    event_loop.close();
    assert_eq!(call.queued(), 1, "it is woken");
    call.run_due();
    assert_eq!(event_loop.log(), [GONE, "dropped"], "it never started");
}

#[test]
fn a_loop_that_goes_fails_what_runs_there() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call.clone());
    assert!(task.poll_first().is_pending());
    let reply = f.reply(1);
    reply.errand().unwrap().abandon();
    assert_eq!(call.run_due(), 1);
    assert_eq!(event_loop.log(), ["start 1", GONE, "dropped"], "and nothing is stopped where nothing runs");
    reply.answer(Ok(Ok(5)));
    assert_eq!(call.queued(), 0);
}

#[test]
fn a_reply_dropped_without_an_answer_is_an_error() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call.clone());
    assert!(task.poll_first().is_pending());
    drop(f.reply(1));
    call.run_due();
    assert_eq!(event_loop.log(), ["start 1", GONE, "dropped"]);
}

#[test]
fn what_cannot_be_stopped_any_more_is_let_go_of() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call);
    assert!(task.poll_first().is_pending());
    event_loop.close();
    elsewhere(|| task.cancel());
    drop((f.reply(1), task));
    assert_eq!(event_loop.log(), ["start 1", "dropped elsewhere"]);
    assert_eq!(f.holders(), 0, "nothing is left of it");
}
