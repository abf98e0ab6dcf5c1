//! Work that a future leaves behind: its task ends after it.

mod common;

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use common::TestHost;
use ponton_core::marker::BoxFuture;
use ponton_core::task::{Cancelled, LiveState, Outcome, Task, Work, live};

/// Ready when it was opened.
#[derive(Clone, Default)]
struct Gate(Arc<Mutex<(bool, Option<Waker>)>>);

impl Gate {
    fn open(&self) {
        let waker = {
            let mut state = self.0.lock().unwrap();
            state.0 = true;
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Future for Gate {
    type Output = ();
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap();
        state.1 = Some(cx.waker().clone());
        if state.0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

static ELSEWHERE: Mutex<Vec<BoxFuture<'static, ()>>> = Mutex::new(Vec::new());

fn elsewhere(future: BoxFuture<'static, ()>) {
    ELSEWHERE.lock().unwrap().push(future);
}

/// Leaves `future` when it is dropped.
struct Guard<F: Future<Output = ()> + Send + 'static>(Option<F>);

impl<F: Future<Output = ()> + Send + 'static> Drop for Guard<F> {
    fn drop(&mut self) {
        if let Some(future) = self.0.take() {
            Work::new(Box::pin(future), elsewhere).leave();
        }
    }
}

/// Work that counts its end when `gate` opens.
fn work(gate: &Gate, done: &Arc<AtomicUsize>) -> Guard<impl Future<Output = ()> + Send + 'static> {
    let (gate, done) = (gate.clone(), Arc::clone(done));
    Guard(Some(async move {
        gate.await;
        done.fetch_add(1, SeqCst);
    }))
}

/// Leaves the work of `guard`, and is ready.
async fn gives<G>(guard: G) -> u32 {
    drop(guard);
    std::future::ready(7).await
}

#[test]
fn a_cancel_is_told_when_the_work_is_done() {
    let (host, gate, done) = (TestHost::default(), Gate::default(), Arc::default());
    let guard = work(&gate, &done);
    let future = async move {
        let _guard = guard;
        pending::<()>().await;
    };
    let task = Task::new("call", future, host.clone());
    assert!(task.poll_first().is_pending());
    assert_eq!(task.cancel(), Cancelled::Requested, "the work is there");
    assert_eq!(host.run_due(), 1, "it is polled where the task is polled");
    assert_eq!((host.completed().len(), done.load(SeqCst)), (0, 0));
    assert_eq!(task.cancel(), Cancelled::Requested, "a second cancel stops no work");
    gate.open();
    assert_eq!(host.run_due(), 1);
    assert_eq!((host.completed(), done.load(SeqCst)), (vec!["cancelled"], 1));
    assert_eq!((host.queued(), task.cancel()), (0, Cancelled::TooLate));
}

#[test]
fn a_result_is_told_when_the_work_is_done() {
    let (host, gate, done) = (TestHost::default(), Gate::default(), Arc::default());
    let task = Task::new("call", gives(work(&gate, &done)), host.clone());
    assert!(task.poll_first().is_pending(), "it has its result, and work");
    gate.open();
    assert_eq!(host.run_due(), 1);
    assert_eq!((host.completed(), done.load(SeqCst)), (vec!["ready"], 1));
    assert_eq!(task.cancel(), Cancelled::TooLate);
}

#[test]
fn a_cancel_while_it_cleans_up_beats_the_result() {
    let (host, gate, done) = (TestHost::default(), Gate::default(), Arc::default());
    let task = Task::new("call", gives(work(&gate, &done)), host.clone());
    assert!(task.poll_first().is_pending());
    assert_eq!(task.cancel(), Cancelled::Requested, "nothing is queued yet");
    gate.open();
    assert_eq!(host.run_due(), 1);
    assert_eq!((host.completed(), done.load(SeqCst)), (vec!["cancelled"], 1));
}

#[test]
fn work_that_is_done_at_once_costs_no_turn() {
    let (host, gate, done) = (TestHost::default(), Gate::default(), Arc::default());
    gate.open();
    let guard = work(&gate, &done);
    let task = Task::new("call", async move { drop(guard) }, host.clone());
    assert_eq!(task.poll_first(), Poll::Ready(Outcome::Ready(())));
    assert_eq!((host.queued(), done.load(SeqCst)), (0, 1));
}

#[test]
fn work_of_a_part_begins_when_that_part_ends() {
    let (host, gate, done) = (TestHost::default(), Gate::default(), Arc::default());
    let (second, begun) = (Gate::default(), Arc::new(AtomicUsize::new(0)));
    let (waits, counts, inner) = (second.clone(), Arc::clone(&begun), work(&gate, &done));
    let future = async move {
        drop(Guard(Some(async move {
            counts.fetch_add(1, SeqCst);
            // Work may leave work.
            drop(inner);
        })));
        waits.await;
    };
    let task = Task::new("call", future, host.clone());
    assert!(task.poll_first().is_pending());
    assert_eq!(begun.load(SeqCst), 1, "it did not wait for the end of the call");
    second.open();
    host.run_due();
    assert_eq!(host.completed().len(), 0);
    gate.open();
    host.run_due();
    assert_eq!((host.completed(), done.load(SeqCst)), (vec!["ready"], 1));
}

type CancelFn = Box<dyn Fn() -> Cancelled + Send>;

#[test]
fn a_cancel_during_a_poll_leaves_the_work_too() {
    let (host, gate, done) = (TestHost::default(), Gate::default(), Arc::default());
    let guard = work(&gate, &done);
    let cancel: Arc<Mutex<Option<CancelFn>>> = Arc::default();
    let asked = Arc::clone(&cancel);
    let future = async move {
        let _guard = guard;
        poll_fn(move |_| {
            assert_eq!((asked.lock().unwrap().as_ref().unwrap())(), Cancelled::Requested);
            Poll::<()>::Pending
        })
        .await;
    };
    let task = Task::new("call", future, host.clone());
    let weak = Arc::downgrade(&task);
    *cancel.lock().unwrap() = Some(Box::new(move || weak.upgrade().unwrap().cancel()));
    assert!(task.poll_first().is_pending());
    gate.open();
    host.run_due();
    assert_eq!((host.completed(), done.load(SeqCst)), (vec!["cancelled"], 1));
}

#[test]
fn work_that_panics_fails_the_call_and_other_work_goes_on() {
    let (host, gate, done) = (TestHost::default(), Gate::default(), Arc::default());
    let guards = (Guard(Some(async { panic!("unlock") })), work(&gate, &done));
    let future = async move {
        let _guards = guards;
        pending::<()>().await;
    };
    let task = Task::new("call", future, host.clone());
    assert!(task.poll_first().is_pending());
    assert_eq!(task.cancel(), Cancelled::Requested);
    host.run_due();
    assert_eq!(host.completed().len(), 0, "the rest goes on");
    gate.open();
    host.run_due();
    assert_eq!((host.completed(), done.load(SeqCst)), (vec!["panicked"], 1));
}

#[test]
fn work_whose_destructor_panics_fails_the_call() {
    struct Bomb;
    impl Future for Bomb {
        type Output = ();
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            Poll::Ready(())
        }
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in the destructor");
        }
    }
    let task = Task::new("call", async { drop(Guard(Some(Bomb))) }, TestHost::default());
    assert!(matches!(task.poll_first(), Poll::Ready(Outcome::Panicked(_))));
}

#[test]
fn what_no_task_takes_is_started_elsewhere() {
    let (gate, done) = (Gate::default(), Arc::default());
    let count = || ELSEWHERE.lock().unwrap().len();
    let before = count();
    drop(work(&gate, &done));
    assert_eq!(count(), before + 1, "dropped in no task");

    let host = TestHost::default();
    let guard = work(&gate, &done);
    let future = async move {
        let _guard = guard;
        pending::<()>().await;
    };
    let task = Task::new("call", future, host.clone());
    assert!(task.poll_first().is_pending());
    task.cancel();
    host.drop_due();
    assert_eq!(count(), before + 2, "its executor gave up");
    assert_eq!(host.completed(), ["cancelled"], "the host's cancel was first");

    let guard = work(&gate, &done);
    let inner = Task::new("inner", async move { drop(guard) }, TestHost::default());
    let outer = Task::new("outer", async move { drop(inner) }, TestHost::default());
    assert!(outer.poll_first().is_ready(), "the work of a task that it drops is not its own");
    assert_eq!(count(), before + 3);
}

#[test]
fn what_is_in_flight_is_listed() {
    let (host, gate, work_gate, done) = (TestHost::default(), Gate::default(), Gate::default(), Arc::default());
    let listed = || {
        let mine = live().into_iter().filter(|live| live.name == "listed");
        mine.map(|live| live.state).collect::<Vec<_>>()
    };
    let (seen, guard, waits) = (Arc::new(Mutex::new(Vec::new())), work(&work_gate, &done), gate.clone());
    let notes = Arc::clone(&seen);
    let future = async move {
        let _guard = guard;
        notes.lock().unwrap().extend(listed());
        waits.await;
        notes.lock().unwrap().extend(listed());
    };
    let task = Task::new("listed", future, host.clone());
    assert_eq!(listed(), [], "it has not begun");
    assert!(task.poll_first().is_pending());
    assert_eq!(listed(), [LiveState::Waiting]);
    gate.open();
    assert_eq!(listed(), [LiveState::Woken]);
    host.run_due();
    assert_eq!(*seen.lock().unwrap(), [LiveState::Running], "not in its first poll");
    assert_eq!(listed(), [LiveState::CleaningUp]);
    work_gate.open();
    host.run_due();
    assert_eq!((host.completed(), listed()), (vec!["ready"], vec![]));
    drop(task);
    assert_eq!(listed(), []);
}
