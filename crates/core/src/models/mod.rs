//! The races of the core, every one of them: models that loom runs in each order that the threads could have taken, with
//! each value that a load could have seen. `make loom` runs them.
//!
//! | file | models |
//! | --- | --- |
//! | `task` | wakes, polls, cancels, aborts and ends of one task; who takes its outcome |
//! | `queue` | pushes, drains, attending and closing of the completion queue; a task that ends into it |
//! | `host` | a call of host code between its future and its loop; notifications |
//!
//! What is not modelled: the count of an `Arc` (std's own is used, since a waker needs it), so neither is
//! `Task::is_alone`, which asks it; time: a wait that gives up after a while never does; and `SeqCst` of a load or a store,
//! which loom takes for acquire and release, so nothing here may need it.
//!
//! `tests/tools/mutations.py` breaks the code in many ways, one at a time, and checks that a model notices.

mod host;
mod queue;
mod task;

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::panic;
use std::pin::Pin;
use std::sync::{Arc, Once};
use std::task::{Context, Poll, Waker};

use loom::cell::UnsafeCell;
use loom::model::Builder;
use loom::sync::Mutex;

use crate::module::Return;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::task::{Job, Outcome, Task, TaskHost};

/// Runs `body` in every order in which a thread is interrupted at most `interruptions` times where it could have gone on.
/// (`LOOM_MAX_PREEMPTIONS` overrides that.)
fn model(interruptions: usize, body: impl Fn() + Send + Sync + 'static) {
    thread_local! {
        static PANICKED: Cell<bool> = const { Cell::new(false) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICKED.set(true);
            before(info);
        }));
    });
    PANICKED.set(false);
    let mut builder = Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(interruptions));
    builder.check(move || {
        // The longer ways, in every model: no model depends on which others ran.
        crate::host::put_to_use();
        body();
        // A task catches panics of its future, those of loom's checks too.
        assert!(!PANICKED.get(), "something panicked, see above");
    });
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Ready,
    Panicked,
    Cancelled,
    Aborted,
    Raised,
}

impl End {
    fn of<T>(outcome: &Outcome<T>) -> Self {
        match outcome {
            Outcome::Ready(_) => Self::Ready,
            Outcome::Panicked(_) => Self::Panicked,
            Outcome::Cancelled => Self::Cancelled,
            Outcome::Aborted => Self::Aborted,
            Outcome::Raised(_) => Self::Raised,
        }
    }
}

/// A future that is ready when told so, and what became of it.
struct Probe {
    seen: Arc<Seen>,
    /// Told how many polls there were before.
    on_poll: Box<dyn FnMut(usize) + Send>,
}

#[derive(Default)]
struct Seen {
    /// Its polls and drops. Whoever looks at it must come after them, by what the core does.
    life: UnsafeCell<(usize, usize)>,
    ready: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

// SAFETY: loom checks the uses of `life`.
unsafe impl Sync for Seen {}

impl Seen {
    /// Whether it was dropped once, and before this.
    fn assert_dropped(&self) {
        // SAFETY: loom checks it.
        self.life.with(|life| assert_eq!(unsafe { (*life).1 }, 1, "how often the future was dropped"));
    }

    fn polls(&self) -> usize {
        // SAFETY: loom checks it.
        self.life.with(|life| unsafe { (*life).0 })
    }

    /// Wakes it, if it waits.
    fn wake(&self) {
        let waker = self.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn make_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }
}

impl Probe {
    fn new() -> (Self, Arc<Seen>) {
        Self::with(|_| ())
    }

    fn with(on_poll: impl FnMut(usize) + Send + 'static) -> (Self, Arc<Seen>) {
        let seen = Arc::<Seen>::default();
        (Self { seen: Arc::clone(&seen), on_poll: Box::new(on_poll) }, seen)
    }
}

impl Future for Probe {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        let Self { seen, on_poll } = self.get_mut();
        // In use for as long as the poll takes.
        seen.life.with_mut(|life| {
            *seen.waker.lock().unwrap() = Some(cx.waker().clone());
            // SAFETY: loom checks it.
            let before = unsafe { std::mem::replace(&mut (*life).0, (*life).0 + 1) };
            on_poll(before);
            if seen.ready.load(Ordering::Acquire) { Poll::Ready(7) } else { Poll::Pending }
        })
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        // SAFETY: loom checks it.
        self.seen.life.with_mut(|life| unsafe { (*life).1 += 1 });
    }
}

/// A host whose workers are whatever threads run what is due.
#[derive(Clone)]
struct Host(Arc<HostInner>);

struct HostInner {
    seen: Arc<Seen>,
    jobs: Mutex<VecDeque<Job>>,
    /// Whether others take the outcomes.
    leaves: bool,
    /// Never locked while another thread gets its turn.
    ends: std::sync::Mutex<Vec<End>>,
}

impl Host {
    fn of(seen: &Arc<Seen>) -> Self {
        Self::new(seen, false)
    }

    fn new(seen: &Arc<Seen>, leaves: bool) -> Self {
        Self(Arc::new(HostInner {
            seen: Arc::clone(seen),
            jobs: Mutex::new(VecDeque::new()),
            leaves,
            ends: std::sync::Mutex::default(),
        }))
    }

    fn next(&self) -> Option<Job> {
        self.0.jobs.lock().unwrap().pop_front()
    }

    fn run_due(&self) {
        while let Some(job) = self.next() {
            job.run();
        }
    }

    /// What it was told, when all is over. Nothing is due by then.
    fn ends(&self) -> Vec<End> {
        self.run_due();
        self.0.ends.lock().unwrap().clone()
    }
}

impl TaskHost for Host {
    type Guard = ();
    fn enter(&self) {}
    fn schedule(&self, job: Job) {
        let mut jobs = self.0.jobs.lock().unwrap();
        assert!(jobs.is_empty(), "one task has one job at a time");
        jobs.push_back(job);
    }
    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let host = &task.host().0;
        if host.leaves {
            return;
        }
        let outcome = task.take_outcome().expect("an outcome is there when completed() is called");
        host.seen.assert_dropped();
        host.ends.lock().unwrap().push(End::of(&outcome));
    }
}
