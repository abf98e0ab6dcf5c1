//! Calls of host code, by counting starts, stops, polls and drops.

mod common;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};
use std::thread;

use common::function::{Ask, Does, Function, ask};
use common::host::{Call, Loop, Place, elsewhere};
use common::reader::{Awaitable, Value};
use ponton_core::convert::FromHost;
use ponton_core::host::function::HostFn;
use ponton_core::host::{HostFuture, lane};
use ponton_core::task::{Cancelled, Outcome, Task};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

// ── start ───────────────────────────────────────────────────────────────────

#[test]
fn it_starts_at_the_first_poll_and_only_once() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), Function::<Ask>::slow(&event_loop));
    let mut asked = pin!(f.host_fn().call((1,)));
    assert!(event_loop.log().is_empty(), "a call does nothing by itself");
    assert!(call.poll(asked.as_mut()).is_pending());
    assert!(call.poll(asked.as_mut()).is_pending());
    assert_eq!(event_loop.log(), ["start 1"]);
}

#[test]
fn dropped_before_its_first_poll_it_never_starts() {
    let event_loop = Loop::here();
    let f = Function::<Ask>::slow(&event_loop);
    let asked = f.host_fn().call((1,));
    assert_eq!(f.holders(), 1);
    drop(asked);
    assert_eq!((f.holders(), event_loop.turn()), (0, 0));
    assert!(event_loop.log().is_empty());
}

#[test]
fn on_the_loops_thread_it_starts_in_the_poll() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call.clone());
    assert!(task.poll_first().is_pending());
    assert_eq!((event_loop.log(), event_loop.posts()), (vec!["start 1".to_owned()], 0));
}

#[test]
fn from_a_worker_it_is_one_errand() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call.clone());
    task.start_elsewhere();
    assert_eq!(elsewhere(|| call.run_due()), 1);
    assert_eq!((event_loop.log().len(), event_loop.posts()), (0, 1));
    event_loop.turn();
    assert_eq!((event_loop.log(), event_loop.posts()), (vec!["start 1".to_owned()], 1));
}

#[test]
fn host_code_that_has_the_answer_gives_it_in_the_same_poll() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnLoop);
    let f = Function::<Ask>::new(&event_loop, |n, _| Does::Gives(Ok(Ok(n + 1))));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call);
    assert_eq!(task.poll_first(), Poll::Ready(Outcome::Ready(1)));
    assert_eq!(event_loop.log(), ["start 1", "got 2", "dropped"]);
}

#[test]
fn an_answer_during_the_start_is_there_in_the_same_poll() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnLoop);
    let f = Function::<Ask>::new(&event_loop, |n, asker| {
        asker.unwrap().reply().answer(Ok(Ok(n + 1)));
        Does::Runs
    });
    let task = Task::new("ask", ask(&event_loop, &f, 1), call);
    assert_eq!(task.poll_first(), Poll::Ready(Outcome::Ready(1)));
    assert_eq!(event_loop.log(), ["start 1", "got 2", "dropped"], "what is done is not stopped");
}

#[test]
fn host_code_is_no_part_of_the_poll_that_asks_for_it() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnLoop);
    let f = Function::<Ask>::new(&event_loop, |_, _| {
        assert!(lane::current().is_none(), "a bridged function called from here has a call of its own");
        Does::Gives(Ok(Ok(0)))
    });
    let f = f.host_fn();
    let task = Task::new(
        "ask",
        async move {
            f.call((1,)).await?;
            assert!(lane::current().is_some());
            f.call((2,)).await
        },
        call,
    );
    assert_eq!(task.poll_first(), Poll::Ready(Outcome::Ready(Ok(0))));
}

#[test]
fn code_that_no_call_owns_asks_where_the_function_came_from() {
    let event_loop = Loop::here();
    let home = Call::on(&event_loop, Place::OnLoop).as_lane();
    let f = Function::<Ask>::handed_over(&event_loop, Some(home), |n, _| Does::Gives(Ok(Ok(n))));
    assert_eq!(poll(pin!(f.host_fn().call((1,)))), Poll::Ready(Ok(1)));
    // So does what a call has left behind.
    let over = Call::on(&event_loop, Place::OnLoop);
    over.end();
    assert_eq!(over.poll(pin!(f.host_fn().call((2,)))), Poll::Ready(Ok(2)));
    assert_eq!(event_loop.log(), ["start 1", "start 2"]);
}

#[test]
fn a_function_of_another_loop_runs_on_its_own() {
    let (ours, theirs) = (Loop::here(), elsewhere(Loop::here));
    let home = Call::on(&ours, Place::OnLoop).as_lane();
    let f = Function::<Ask>::handed_over(&ours, Some(home), |n, _| Does::Gives(Ok(Ok(n))));
    let call = Call::on(&theirs, Place::OnLoop);
    let asked = f.host_fn().call((1,));
    assert!(elsewhere(move || call.poll(pin!(asked))).is_pending());
    assert_eq!((theirs.posts(), ours.posts()), (0, 1));
}

#[test]
fn without_any_loop_it_fails_at_once() {
    let event_loop = Loop::here();
    let f = Function::<Ask>::slow(&event_loop);
    let Poll::Ready(Err(error)) = poll(pin!(f.host_fn().call((1,)))) else { panic!("it has nowhere to run") };
    assert!(error.message().contains("`Ask`"), "{error}");
    assert!(event_loop.log().is_empty());
}

#[test]
#[should_panic = "polled after it was ready"]
fn it_is_not_polled_again_once_it_is_ready() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnLoop);
    let f = Function::<Ask>::new(&event_loop, |n, _| Does::Gives(Ok(Ok(n))));
    let mut asked = pin!(f.host_fn().call((1,)));
    assert_eq!(call.poll(asked.as_mut()), Poll::Ready(Ok(1)));
    let _ = call.poll(asked.as_mut());
}

#[test]
fn an_awaitable_is_awaited_when_it_is_first_polled() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnLoop);
    let awaitable = Arc::new(Awaitable { home: event_loop.clone(), lane: call.as_lane() });
    let passed = || HostFuture::<u32>::from_host(Value::Awaitable(Arc::clone(&awaitable))).unwrap();
    drop(passed());
    let future = pin!(passed());
    assert!(event_loop.log().is_empty());
    let Poll::Ready(Err(error)) = call.poll(future) else { panic!("it fails") };
    assert_eq!((error.class(), event_loop.log()), ("Boom", vec!["await".to_owned()]));
    assert_eq!(Arc::strong_count(&awaitable), 2, "the future that is done, and this");
}

// ── answer ──────────────────────────────────────────────────────────────────

#[test]
fn an_answer_polls_the_task_that_waits_for_it() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call);
    assert!(task.poll_first().is_pending());
    event_loop.log();
    f.reply(1).answer(Ok(Ok(5)));
    assert_eq!(event_loop.log(), ["got 5", "dropped"], "before `answer` returns");
    assert_eq!((event_loop.turn(), event_loop.log()), (1, vec!["settled ready".to_owned()]));
}

#[test]
fn an_answer_leaves_a_task_of_the_workers_to_them() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call.clone());
    assert!(task.poll_first().is_pending());
    f.reply(1).answer(Ok(Ok(5)));
    assert_eq!((event_loop.log(), call.queued()), (vec!["start 1".to_owned()], 1));
    elsewhere(|| call.run_due());
    assert_eq!(event_loop.log(), ["got 5 elsewhere", "dropped elsewhere"]);
}

#[test]
fn an_answer_does_not_poll_a_task_of_another_loop() {
    let ours = Loop::here();
    let (call, f) = (Call::on(&ours, Place::OnLoop), Function::<Ask>::slow(&ours));
    let mut asked = Box::pin(f.host_fn().call((1,)));
    assert!(call.poll(asked.as_mut()).is_pending());
    thread::scope(|scope| {
        let (waits, is_waiting) = mpsc::channel();
        let theirs = scope.spawn(move || {
            let theirs = Loop::here();
            let call = Call::on(&theirs, Place::OnLoop);
            let noted = theirs.clone();
            let future = async move {
                let got = asked.await;
                noted.note(format!("got {}", got.unwrap()));
                0
            };
            let task = Task::new("other", future, call);
            assert!(task.poll_first().is_pending());
            waits.send(()).unwrap();
            let mut seen = Vec::new();
            let seen = Mutex::new(&mut seen);
            theirs.turn_until(|| {
                seen.lock().unwrap().extend(theirs.log());
                seen.lock().unwrap().len() == 2
            });
            seen.into_inner().unwrap().clone()
        });
        is_waiting.recv().unwrap();
        f.reply(1).answer(Ok(Ok(5)));
        assert_eq!(theirs.join().unwrap(), ["got 5", "settled ready"]);
    });
}

#[test]
fn an_answer_to_a_worker_is_not_lost_between_its_polls() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call.clone());
    task.start_elsewhere();
    elsewhere(|| call.run_due());
    event_loop.turn();
    f.reply(1).answer(Ok(Ok(5)));
    elsewhere(|| call.run_due());
    event_loop.turn();
    assert_eq!(event_loop.log(), ["start 1", "got 5 elsewhere", "dropped elsewhere", "settled ready"]);
}

#[test]
fn an_answer_after_the_drop_is_ignored() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), Function::<Ask>::slow(&event_loop));
    let task = Task::new("ask", ask(&event_loop, &f, 1), call);
    assert!(task.poll_first().is_pending());
    assert_eq!(task.cancel(), Cancelled::Dropped);
    f.reply(1).answer(Ok(Ok(5)));
    event_loop.turn();
    assert_eq!(event_loop.log(), ["start 1", "stop 1", "dropped"]);
}

#[test]
fn host_code_of_one_call_may_answer_another() {
    let event_loop = Loop::here();
    let slow = Function::<Ask>::slow(&event_loop);
    let first = Task::new("first", ask(&event_loop, &slow, 1), Call::on(&event_loop, Place::OnLoop));
    assert!(first.poll_first().is_pending());
    let answers = Function::<Ask>::new(&event_loop, move |n, _| {
        slow.reply(1).answer(Ok(Ok(5)));
        Does::Gives(Ok(Ok(n)))
    });
    let second = Task::new("second", ask(&event_loop, &answers, 2), Call::on(&event_loop, Place::OnLoop));
    assert_eq!(second.poll_first(), Poll::Ready(Outcome::Ready(2)));
    assert_eq!(event_loop.log(), ["start 1", "start 2", "got 5", "dropped", "got 2", "dropped"]);
}

#[test]
fn calls_nest_a_hundred_deep() {
    let event_loop = Loop::here();
    let this: Arc<OnceLock<HostFn<Ask>>> = Arc::default();
    let f = Function::<Ask>::new(&event_loop, {
        let (event_loop, this) = (event_loop.clone(), Arc::clone(&this));
        move |n, _| {
            if n == 0 {
                return Does::Gives(Ok(Ok(0)));
            }
            let inner = this.get().unwrap().call((n - 1,));
            let task = Task::new("nested", inner, Call::on(&event_loop, Place::OnLoop));
            let Poll::Ready(Outcome::Ready(depth)) = task.poll_first() else { panic!("it is ready at once") };
            Does::Gives(Ok(depth.map(|depth| depth + 1)))
        }
    });
    assert!(this.set(f.host_fn()).is_ok());
    let task = Task::new("nested", f.host_fn().call((100,)), Call::on(&event_loop, Place::OnLoop));
    assert_eq!(task.poll_first(), Poll::Ready(Outcome::Ready(Ok(100))));
}
