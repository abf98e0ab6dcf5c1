//! A host that counts: what was scheduled, what completed.
#![allow(dead_code, unused_imports, unused_macros, reason = "each test file uses its part")]

pub(crate) mod function;
pub(crate) mod host;
pub(crate) mod reader;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use ponton_core::module::Return;
use ponton_core::task::{Job, Outcome, Task, TaskHost};

#[derive(Clone, Default)]
pub(crate) struct TestHost(Arc<Inner>);

#[derive(Default)]
struct Inner {
    jobs: Mutex<Vec<Job>>,
    completed: Mutex<Vec<&'static str>>,
}

impl TestHost {
    /// Runs what is queued now; jobs that these runs queue wait. Tells how many ran.
    pub(crate) fn run_due(&self) -> usize {
        let due = std::mem::take(&mut *self.0.jobs.lock().unwrap());
        let count = due.len();
        due.into_iter().for_each(Job::run);
        count
    }

    /// Drops what is queued, as a runtime does that shuts down.
    pub(crate) fn drop_due(&self) {
        let due = std::mem::take(&mut *self.0.jobs.lock().unwrap());
        drop(due);
    }

    pub(crate) fn queued(&self) -> usize {
        self.0.jobs.lock().unwrap().len()
    }

    /// The outcomes that were reported, by kind.
    pub(crate) fn completed(&self) -> Vec<&'static str> {
        self.0.completed.lock().unwrap().clone()
    }
}

impl TaskHost for TestHost {
    type Guard = ();
    fn enter(&self) {}
    fn schedule(&self, job: Job) {
        self.0.jobs.lock().unwrap().push(job);
    }
    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let kind = match task.take_outcome().expect("an outcome is there when completed() is called") {
            Outcome::Ready(_) => "ready",
            Outcome::Panicked(_) => "panicked",
            Outcome::Cancelled => "cancelled",
            Outcome::Aborted => "aborted",
            Outcome::Raised(_) => "raised",
        };
        assert!(task.take_outcome().is_none(), "an outcome is taken once");
        task.host().0.completed.lock().unwrap().push(kind);
    }
}

/// What a [`Probe`] saw.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) polls: AtomicUsize,
    pub(crate) drops: AtomicUsize,
    ready: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Seen {
    pub(crate) fn polls(&self) -> usize {
        self.polls.load(SeqCst)
    }
    pub(crate) fn drops(&self) -> usize {
        self.drops.load(SeqCst)
    }
    pub(crate) fn waker(&self) -> Waker {
        self.waker.lock().unwrap().clone().expect("the probe was polled")
    }
    pub(crate) fn make_ready(&self) {
        self.ready.store(true, SeqCst);
    }
}

type OnPoll = Box<dyn FnMut(&Seen, &mut Context<'_>) + Send>;

/// A future that is ready when told so, and counts.
pub(crate) struct Probe {
    seen: Arc<Seen>,
    on_poll: OnPoll,
}

impl Probe {
    pub(crate) fn new() -> (Self, Arc<Seen>) {
        Self::with(|_, _| {})
    }
    pub(crate) fn with(on_poll: impl FnMut(&Seen, &mut Context<'_>) + Send + 'static) -> (Self, Arc<Seen>) {
        let seen = Arc::new(Seen::default());
        (Self { seen: Arc::clone(&seen), on_poll: Box::new(on_poll) }, seen)
    }
}

impl Future for Probe {
    type Output = u32;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        let seen = Arc::clone(&self.seen);
        seen.polls.fetch_add(1, SeqCst);
        *seen.waker.lock().unwrap() = Some(cx.waker().clone());
        (self.on_poll)(&seen, cx);
        if seen.ready.load(SeqCst) { Poll::Ready(7) } else { Poll::Pending }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.seen.drops.fetch_add(1, SeqCst);
    }
}
