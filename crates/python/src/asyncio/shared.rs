//! The half of a loop's state that any thread may use.

use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use ponton_core::clock;
use ponton_core::host::lane::Errand;
use ponton_core::queue::LoopQueue;
use ponton_core::task::Job;
use ponton_core::thread;
use ponton_native::near::Near;
use pyo3::ffi;

use crate::fork;
use crate::handle::Released;
use crate::task::AnyTask;

/// What waits for a loop's thread.
pub(crate) enum Item {
    /// The outcome is there.
    Done(Arc<dyn AnyTask>),
    /// A poll of a `#[local]` task is due, on the thread that made it.
    Run(Job, u64),
    /// A poll is due of what was woken on the loop's thread.
    Near,
    /// A `#[local]` task was cancelled, or its future went, on another thread: drop it at home.
    Drop(Arc<dyn AnyTask>),
    /// Rust asks for host code.
    Errand(Arc<dyn Errand>),
    /// Rust dropped an object that came from this loop.
    Release(Released),
}

impl Item {
    /// Drops what a loop will never run, where that is allowed.
    pub(crate) fn discard(self) {
        match self {
            Self::Done(task) => task.discard(),
            Self::Run(job, _) => drop(job),
            Self::Near => {}
            Self::Drop(task) => drop(task),
            Self::Errand(errand) => errand.abandon(),
            Self::Release(released) => released.soon(),
        }
    }
}

/// Whose loop it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Asyncio,
    Trio,
}

pub(crate) struct LoopShared {
    pub(crate) kind: Kind,
    pub(crate) queue: ManuallyDrop<LoopQueue<Item, Box<dyn Fn() + Send + Sync>>>,
    near: ManuallyDrop<Arc<Near>>,
    /// Of the process that met the loop.
    generation: u32,
    /// Borrowed; null once the drainer is gone. For attached threads.
    pub(super) drainer: AtomicPtr<ffi::PyObject>,
    /// The thread that ran the loop last.
    thread: AtomicU64,
    /// When another thread found it closed, in microseconds; 0 when none has.
    found_closed: AtomicU64,
}

/// How long a closed loop is left to its own thread, in microseconds.
const GRACE: u64 = 1_000_000;

impl LoopShared {
    pub(super) fn new(kind: Kind, ring: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            kind,
            queue: ManuallyDrop::new(LoopQueue::new(Box::new(ring))),
            near: ManuallyDrop::default(),
            generation: fork::generation(),
            drainer: AtomicPtr::new(ptr::null_mut()),
            thread: AtomicU64::new(0),
            found_closed: AtomicU64::new(0),
        }
    }

    /// Whether this process was forked from the one that met the loop: what waits here is the parent's.
    pub(crate) fn is_inherited(&self) -> bool {
        self.generation != fork::generation()
    }

    /// The loop runs on this thread.
    pub(crate) fn arrive(&self) {
        self.thread.store(thread::number(), Ordering::Relaxed);
    }

    /// Whether this thread may end the loop, which is closed. Its own thread alone may drop `#[local]` futures, and is perhaps
    /// closing it just now.
    pub(super) fn may_be_ended(&self) -> bool {
        let now = clock::now_us().max(1);
        let found = self.found_closed.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        self.thread.load(Ordering::Relaxed) == thread::number()
            || found.is_err_and(|since| now.saturating_sub(since) > GRACE)
    }

    /// Whether the loop runs on this thread and is open. Code of ours that runs on a loop's thread is attached: that
    /// thread enters it from Python only.
    pub(crate) fn is_here(&self) -> bool {
        self.thread.load(Ordering::Relaxed) == thread::number() && !self.queue.is_closed() && !self.is_inherited()
    }

    /// Keeps `job`, which this thread has woken, for this thread.
    pub(crate) fn keep(&self, job: Job) {
        self.near.keep(job);
        self.send(Item::Near);
    }

    /// Polls what this thread has woken.
    pub(super) fn poll_near(&self) {
        self.near.poll_next();
    }

    /// Lets go of what is queued; nothing more is taken.
    pub(super) fn close(&self) {
        self.queue.close(Item::discard);
        self.near.close();
    }

    /// Pushes `item`; a loop that is gone discards it.
    pub(crate) fn send(&self, item: Item) {
        let refused = if self.is_inherited() { Some(item) } else { self.queue.push(item).err() };
        if let Some(item) = refused {
            item.discard();
        }
    }
}

impl Drop for LoopShared {
    fn drop(&mut self) {
        if self.is_inherited() {
            return; // its items are the parent's, and a thread that stayed behind may be pushing one
        }
        self.close();
        // SAFETY: nobody uses them after this.
        unsafe {
            ManuallyDrop::drop(&mut self.queue);
            ManuallyDrop::drop(&mut self.near);
        }
    }
}
