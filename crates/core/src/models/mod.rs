//! The races of the core, every one of them: models that loom runs in each order that the threads could have taken, with
//! each value that a load could have seen. `make loom` runs them.
//!
//! | file | models |
//! | --- | --- |
//! | `task` | wakes, polls, cancels, aborts and ends of one task; who takes its outcome |
//! | `cleanup` | the same, of a task whose future leaves work behind |
//! | `queue` | pushes, drains, attending and closing of the completion queue; a task that ends into it |
//! | `host` | a call of host code between its future and its loop; notifications |
//!
//! What is not modelled: the count of an `Arc` (std's own is used, since a waker needs it), so neither is
//! `Task::is_alone`, which asks it; time: a wait that gives up after a while never does; and `SeqCst` of a load or a store,
//! which loom takes for acquire and release, so nothing here may need it.
//!
//! `tests/tools/mutations.py` breaks the code in many ways, one at a time, and checks that a model notices.

mod cleanup;
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
use crate::task::{Job, Outcome, Task, TaskHost, Work};

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
    /// Whether it leaves work behind.
    leaves: bool,
}

#[derive(Default)]
struct Seen {
    /// Its polls and drops. Whoever looks at it must come after them, by what the core does.
    life: UnsafeCell<(usize, usize)>,
    ready: AtomicBool,
    waker: Mutex<Option<Waker>>,
    /// How often the work that it has left was done, and how often given away.
    work: UnsafeCell<(usize, usize)>,
}

// SAFETY: loom checks the uses of both cells.
unsafe impl Sync for Seen {}

impl Seen {
    /// Whether it was dropped once, and before this.
    fn assert_dropped(&self) {
        // SAFETY: loom checks it.
        self.life.with(|life| assert_eq!(unsafe { (*life).1 }, 1, "how often the future was dropped"));
    }

    /// How often its work was done, and how often given away, before this.
    fn work(&self) -> (usize, usize) {
        // SAFETY: loom checks it.
        self.work.with(|work| unsafe { *work })
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
        (Self { seen: Arc::clone(&seen), on_poll: Box::new(on_poll), leaves: false }, seen)
    }

    /// One that leaves work, which takes two polls.
    fn leaving() -> (Self, Arc<Seen>) {
        let (mut probe, seen) = Self::new();
        probe.leaves = true;
        (probe, seen)
    }
}

impl Future for Probe {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        let Self { seen, on_poll, .. } = self.get_mut();
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
        if self.leaves {
            let left = LeftBehind { seen: Arc::clone(&self.seen), polls: 0 };
            Work::new(Box::pin(left), |work| drop(work)).leave();
        }
    }
}

/// The work of a probe.
struct LeftBehind {
    seen: Arc<Seen>,
    polls: u32,
}

impl Future for LeftBehind {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.polls += 1;
        if self.polls == 1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

impl Drop for LeftBehind {
    fn drop(&mut self) {
        let done = self.polls == 2;
        // SAFETY: loom checks it.
        self.seen.work.with_mut(|work| unsafe { if done { (*work).0 += 1 } else { (*work).1 += 1 } });
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
    /// Whether its task leaves work behind.
    cleans: bool,
    /// Never locked while another thread gets its turn.
    ends: std::sync::Mutex<Vec<End>>,
}

impl Host {
    fn of(seen: &Arc<Seen>) -> Self {
        Self::new(seen, false, false)
    }

    fn new(seen: &Arc<Seen>, leaves: bool, cleans: bool) -> Self {
        Self(Arc::new(HostInner {
            seen: Arc::clone(seen),
            jobs: Mutex::new(VecDeque::new()),
            leaves,
            cleans,
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
        // A task that cleans up may have one too many, which finds nothing to do.
        assert!(jobs.len() <= usize::from(self.0.cleans), "one task has one job at a time");
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
        let (done, given_away) = host.seen.work();
        assert_eq!(done + given_away, usize::from(host.cleans), "what it left is over, or somebody else's");
        host.ends.lock().unwrap().push(End::of(&outcome));
    }
}
