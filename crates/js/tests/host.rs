//! What Rust holds of JavaScript and waits for, on an engine made of an enum.

mod common;

use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use ponton_core::convert::FromHost;
use ponton_core::desc::{FnDesc, FnKind, Mode, Name, TypeDesc};
use ponton_core::host::function::{HostFn, Signature};
use ponton_core::host::lane::{Lane, plain, within};
use ponton_core::host::notify::Notifier;
use ponton_core::host::{HostCall, HostError, HostFuture};
use ponton_js::engine::Engine;
use ponton_js::host::lane::LaneCell;
use ponton_js::host::raised;
use ponton_js::read::JsReader;

use common::{Answer, Fake, Value};

const DESC: FnDesc = FnDesc {
    name: Name { rust: "f", python: "f", js: "f" },
    path: "",
    doc: "",
    kind: FnKind::Function,
    mode: Mode::Async,
    params: &[],
    returns: TypeDesc::F64,
    throws: None,
    number: false,
};

struct F;

impl Signature for F {
    type Args = (f64,);
    type Given = Result<f64, HostError>;
    const OWNER: Option<&'static str> = None;
    const DESC: &'static FnDesc = &DESC;
}

struct Note;

impl Signature for Note {
    type Args = (f64,);
    type Given = ();
    const OWNER: Option<&'static str> = Some("Auth");
    const DESC: &'static FnDesc = &FnDesc { mode: Mode::Sync, returns: TypeDesc::Unit, ..DESC };
}

fn take<T: FromHost>(engine: &Fake) -> T {
    T::from_host(JsReader::new(engine, Value::Function("f"))).unwrap_or_else(|_| panic!("a function is one"))
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn waiting(engine: &Fake) -> HostCall<Result<f64, HostError>> {
    let mut call = take::<HostFn<F>>(engine).call((1.0,));
    assert!(poll(&mut call).is_pending());
    assert_eq!(engine.take_log(), ["Invoke"]);
    call
}

#[test]
fn a_function_is_held_while_rust_has_it() {
    let engine = Fake::new();
    let function: HostFn<F> = take(engine);
    let other = function.clone();
    drop(function);
    assert_eq!(engine.holds(), 1);
    drop(other);
    assert_eq!(engine.holds(), 0);
}

#[test]
fn what_another_thread_drops_is_released_here() {
    let engine = Fake::new();
    let function: HostFn<F> = take(engine);
    thread::spawn(move || drop(function)).join().unwrap();
    assert_eq!(engine.holds(), 1);
    engine.drain();
    assert_eq!(engine.holds(), 0);
}

#[test]
fn nothing_is_released_after_the_end() {
    let engine = Fake::new();
    let function: HostFn<F> = take(engine);
    engine.end();
    drop(function);
    assert_eq!(engine.holds(), 1);
}

#[test]
fn an_answer_at_once_needs_no_request() {
    let engine = Fake::new();
    engine.answer.replace(Answer::Gives(Value::Number(2.0)));
    let function: HostFn<F> = take(engine);
    assert_eq!(poll(&mut function.call((1.0,))), Poll::Ready(Ok(2.0)));
    let first = engine.request.get();
    assert_eq!(poll(&mut function.call((1.0,))), Poll::Ready(Ok(2.0)));
    assert_eq!(engine.request.get(), first, "its place is free again");
}

#[test]
fn an_answer_that_comes_later_is_given_once() {
    let engine = Fake::new();
    let mut call = waiting(engine);
    let request = engine.request.get();
    engine.requests().answer(engine, request, false, Value::Number(3.0));
    engine.requests().answer(engine, request, false, Value::Number(4.0));
    assert_eq!(poll(&mut call), Poll::Ready(Ok(3.0)));
    drop(call);
    assert_eq!(engine.take_log(), [""; 0], "nothing is stopped that has ended");
}

#[test]
fn what_is_let_go_of_is_stopped_once() {
    let engine = Fake::new();
    let call = waiting(engine);
    let request = engine.request.get();
    drop(call);
    assert_eq!(engine.take_log(), [format!("Stop Number({request}.0)")]);
    engine.requests().answer(engine, request, false, Value::Number(3.0));
    assert_eq!(engine.take_log(), [""; 0]);
}

#[test]
fn a_stop_from_another_thread_never_hits_the_next_request_of_that_place() {
    let engine = Fake::new();
    let call = waiting(engine);
    let request = engine.request.get();
    thread::spawn(move || drop(call)).join().unwrap();
    // The answer is faster than the stop, which is on its way.
    engine.requests().answer(engine, request, false, Value::Number(3.0));
    let mut next = waiting(engine);
    assert_eq!(engine.request.get(), request);
    engine.drain();
    assert_eq!(engine.take_log(), [""; 0]);
    engine.requests().answer(engine, request, false, Value::Number(5.0));
    assert_eq!(poll(&mut next), Poll::Ready(Ok(5.0)));
}

#[test]
fn a_call_from_another_thread_runs_here() {
    let engine = Fake::new();
    engine.answer.replace(Answer::Gives(Value::Number(7.0)));
    let mut call = take::<HostFn<F>>(engine).call((1.0,));
    let (first, mut call) = thread::spawn(move || (poll(&mut call), call)).join().unwrap();
    assert!(first.is_pending());
    assert_eq!(engine.take_log(), [""; 0]);
    engine.drain();
    assert_eq!(poll(&mut call), Poll::Ready(Ok(7.0)));
}

#[test]
fn the_end_answers_whoever_waits() {
    let engine = Fake::new();
    let mut call = waiting(engine);
    engine.end();
    let Poll::Ready(Err(error)) = poll(&mut call) else { panic!("it still waits") };
    assert_eq!(error.class(), "AbortedError");
    let function: HostFn<F> = take(engine);
    assert!(matches!(poll(&mut function.call((1.0,))), Poll::Ready(Err(_))));
}

#[test]
fn what_was_thrown_comes_out_as_it_is() {
    let engine = Fake::new();
    engine.answer.replace(Answer::Throws(Value::Function("thrown")));
    let Poll::Ready(Err(error)) = poll(&mut take::<HostFn<F>>(engine).call((1.0,))) else { panic!("it was thrown") };
    assert_eq!((error.class(), error.message(), error.traceback()), ("Error", "explained", "stack"));
    assert_eq!(raised(engine, &error), Value::Function("thrown"));
    let other = Fake::new();
    assert_eq!(
        raised(other, &error),
        Value::Text("Error: explained".to_owned()),
        "another environment does not have it"
    );
    drop(error);
    assert_eq!(engine.holds(), 0);
}

#[test]
fn a_promise_is_awaited() {
    let engine = Fake::new();
    let mut future: HostFuture<f64> = take(engine);
    assert!(poll(&mut future).is_pending());
    assert_eq!(engine.take_log(), [""; 0], "JavaScript listens from the first");
    engine.requests().answer(engine, engine.request.get(), true, Value::Number(3.0));
    assert!(matches!(poll(&mut future), Poll::Ready(Err(_))));
}

#[test]
fn a_promise_may_be_faster_than_rust() {
    let engine = Fake::new();
    let mut future: HostFuture<f64> = take(engine);
    assert!(engine.requests().comes_early(engine.request.get()), "JavaScript keeps it");
    engine.answer.replace(Answer::Gives(Value::Number(3.0)));
    assert!(matches!(poll(&mut future), Poll::Ready(Ok(3.0))));
    assert_eq!(engine.take_log(), ["Await"]);
    drop(future);
    assert_eq!(engine.take_log(), [""; 0]);
}

#[test]
fn nobody_listens_to_a_promise_that_rust_lets_go_of() {
    let engine = Fake::new();
    let stop = |request: u32| [format!("Stop Number({request}.0)")];
    drop(take::<HostFuture<f64>>(engine));
    assert_eq!(engine.take_log(), stop(engine.request.get()));
    let future: HostFuture<f64> = take(engine);
    thread::spawn(move || drop(future)).join().unwrap();
    assert_eq!(engine.take_log(), [""; 0]);
    engine.drain();
    assert_eq!(engine.take_log(), stop(engine.request.get()));
}

#[test]
fn a_notification_that_no_call_owns_is_reported_when_it_throws() {
    let engine = Fake::new();
    engine.answer.replace(Answer::Throws(Value::Function("thrown")));
    take::<Notifier<Note>>(engine).notify((1.0,));
    assert_eq!(engine.take_log(), ["Invoke", r#"Report Function("thrown")"#]);
}

#[test]
fn a_call_ends_with_its_first_failure_and_reports_what_comes_after() {
    let engine = Fake::new();
    let cell = LaneCell::<Fake>::new();
    let lane = Arc::clone(cell.lane(engine.link(), 7));
    assert!(lane.is_open());
    lane.fail(HostError::new("Error", "first"));
    lane.fail(HostError::new("Error", "second"));
    assert!(!lane.is_open(), "nobody waits for it any more");
    assert_eq!(cell.end().as_ref().map(HostError::message), Some("first"));
    assert_eq!(engine.take_log(), [""; 0]);
    lane.fail(HostError::new("Error", "third"));
    assert_eq!(engine.take_log(), [r#"Report Text("Error: third")"#]);
}

#[test]
fn a_plain_call_throws_what_a_notification_threw() {
    let engine = Fake::new();
    engine.answer.replace(Answer::Throws(Value::Function("thrown")));
    let notifier: Notifier<Note> = take(engine);
    let ((), error) = plain(|| notifier.notify((1.0,)));
    assert_eq!(raised(engine, &error.unwrap()), Value::Function("thrown"));
    assert_eq!(engine.take_log(), ["Invoke"]);
}

#[test]
fn a_function_of_another_environment_is_called_there() {
    let (send, receive) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let there = thread::spawn(move || {
        let engine = Fake::new();
        engine.answer.replace(Answer::Gives(Value::Number(9.0)));
        send.send(take::<HostFn<F>>(engine)).unwrap();
        wait.recv().unwrap();
        assert_eq!(engine.take_log(), [""; 0]);
        engine.drain();
        assert_eq!(engine.take_log(), ["Invoke"]);
    });
    let cell = LaneCell::<Fake>::new();
    let lane: Arc<dyn Lane> = cell.lane(Fake::new().link(), 1).clone();
    let mut asked = receive.recv().unwrap().call((1.0,));
    assert!(within(Some(&lane), || poll(&mut asked)).is_pending());
    go.send(()).unwrap();
    there.join().unwrap();
    assert_eq!(poll(&mut asked), Poll::Ready(Ok(9.0)));
}
