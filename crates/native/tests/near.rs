//! Polls that stay near: their budget, and what happens to those that a loop is late for.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::task::Poll;
use std::thread::{self, ThreadId};
use std::time::Duration;

use ponton_core::module::Return;
use ponton_core::task::{Habit, Job, Task, TaskHost};
use ponton_native::near::Near;
use ponton_native::runtime;

static SHORT: Habit = Habit::new();

/// Keeps every poll near, and tells of the end.
struct Host {
    near: Arc<Near>,
    ended: Sender<ThreadId>,
}

impl TaskHost for Host {
    type Guard = runtime::Guard;
    fn enter(&self) -> runtime::Guard {
        runtime::enter()
    }
    fn schedule(&self, job: Job) {
        self.near.keep(job);
    }
    fn habit(&self) -> Option<&'static Habit> {
        Some(&SHORT)
    }
    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let _ = task.host().ended.send(thread::current().id());
    }
}

const PATIENCE: Duration = Duration::from_secs(30);

/// Polls `future` once; it wakes itself.
fn start(near: &Arc<Near>, future: impl Future<Output = ()> + Send + 'static) -> std::sync::mpsc::Receiver<ThreadId> {
    let (ended, end) = channel();
    let task = Task::new("near", future, Host { near: Arc::clone(near), ended });
    assert!(task.poll_first().is_pending());
    end
}

fn yield_once() -> impl Future<Output = ()> {
    let mut yielded = false;
    poll_fn(move |cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

#[test]
fn the_loop_polls_what_is_kept_for_it() {
    let _context = runtime::enter();
    let near = Arc::new(Near::default());
    let end = start(&near, yield_once());
    near.poll_next();
    assert_eq!(end.try_recv(), Ok(thread::current().id()));
    near.poll_next(); // nothing is left
}

#[test]
fn a_loop_that_is_late_loses_its_polls() {
    let _context = runtime::enter();
    let near = Arc::new(Near::default());
    // Also after the watch has gone to sleep.
    for pause in [0, 200, 0] {
        thread::sleep(Duration::from_millis(pause));
        let end = start(&near, yield_once());
        let polled_by = end.recv_timeout(PATIENCE).expect("a worker took it");
        assert_ne!(polled_by, thread::current().id());
    }
}

#[test]
fn a_poll_has_a_budget() {
    const MANY: usize = if cfg!(miri) { 500 } else { 10_000 };
    let _context = runtime::enter();
    let near = Arc::new(Near::default());
    let taken = Arc::new(AtomicUsize::new(0));
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
    (0..MANY).for_each(|n| send.send(n).unwrap());
    let counted = Arc::clone(&taken);
    let end = start(&near, async move {
        yield_once().await;
        while taken.load(SeqCst) < MANY {
            let _ = receive.recv().await;
            taken.fetch_add(1, SeqCst);
        }
    });
    near.poll_next();
    assert!((1..MANY).contains(&counted.load(SeqCst)), "{counted:?} were taken in one poll");
    end.recv_timeout(PATIENCE).expect("the rest follows");
    assert_eq!(counted.load(SeqCst), MANY);
}

#[test]
fn inside_of_block_on_workers_poll() {
    let near = Arc::new(Near::default());
    let end = runtime::block_on(async {
        let end = start(&near, yield_once());
        near.poll_next();
        end
    });
    assert_ne!(end.recv_timeout(PATIENCE), Ok(thread::current().id()));
    // So they do for a loop that runs inside another runtime.
    let other = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let end = other.block_on(async {
        let end = start(&near, yield_once());
        near.poll_next();
        end
    });
    assert_ne!(end.recv_timeout(PATIENCE), Ok(thread::current().id()));
}

#[test]
fn inside_of_a_poll_workers_poll() {
    let _context = runtime::enter();
    let (outer, inner) = (Arc::new(Near::default()), Arc::new(Near::default()));
    let inner_end = start(&inner, yield_once());
    let outer_end = start(&outer, async move {
        yield_once().await;
        inner.poll_next();
    });
    outer.poll_next();
    assert_eq!(outer_end.try_recv(), Ok(thread::current().id()));
    assert_ne!(inner_end.recv_timeout(PATIENCE).expect("it is not lost"), thread::current().id());
}

#[test]
fn a_loop_that_is_gone_aborts_what_is_due() {
    let _context = runtime::enter();
    let near = Arc::new(Near::default());
    let held = Arc::new(());
    let aborted_by = (0..100).find_map(|_| {
        let inside = Arc::clone(&held);
        let end = start(&near, async move {
            yield_once().await;
            drop(inside);
            std::future::pending::<()>().await;
        });
        near.close();
        // Where this thread was late, a worker has polled it to where it waits for ever, and nobody refers to it any more.
        let told = end.recv_timeout(PATIENCE);
        assert_ne!(told, Err(RecvTimeoutError::Timeout), "it is lost");
        told.ok()
    });
    assert_eq!(aborted_by, Some(thread::current().id()));
    assert_eq!(Arc::strong_count(&held), 1, "the future is dropped");
}
