//! Where a task is polled, and how its end reaches the loop that waits for it.

use std::cell::Cell;
use std::future::Future;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use ponton_core::module::Return;
use ponton_core::task::{Job, Task, TaskHost};
use ponton_native::runtime;
use pyo3::ffi;

use crate::asyncio::{Item, LoopShared};
use crate::task::AnyTask;

/// The host's side of a task.
pub(crate) struct PyHost {
    /// The thread that alone may poll it, for `#[local]`.
    home: Option<ThreadId>,
    binding: Binding,
}

/// The tie between a task that suspended and the loop and future that wait for it.
struct Binding {
    stage: AtomicU8,
    shared: OnceLock<Arc<LoopShared>>,
    /// Borrowed: the future clears it when it goes. Only read and written by attached threads.
    future: AtomicPtr<ffi::PyObject>,
    /// A `#[local]` poll that came due before the loop was known.
    early: Mutex<Option<Job>>,
}

thread_local! {
    static IN_CONTEXT: Cell<bool> = const { Cell::new(false) };
}

/// Puts a thread of Python's into the runtime's context, for good: entering and leaving it for each poll would be a tenth
/// of a ready call. Nobody else on such a thread has a runtime of ours in mind. Workers are in the context anyway.
#[inline]
pub(crate) fn enter_context() {
    if !IN_CONTEXT.get() {
        mem::forget(runtime::enter());
        IN_CONTEXT.set(true);
    }
}

const UNBOUND: u8 = 0;
const BOUND: u8 = 1;
const DONE: u8 = 2;

impl PyHost {
    fn new(home: Option<ThreadId>) -> Self {
        let binding = Binding {
            stage: AtomicU8::new(UNBOUND),
            shared: OnceLock::new(),
            future: AtomicPtr::new(ptr::null_mut()),
            early: Mutex::new(None),
        };
        Self { home, binding }
    }

    /// Polled on the runtime's workers after its first poll.
    pub(crate) fn on_workers() -> Self {
        Self::new(None)
    }

    /// Polled on the calling thread only.
    pub(crate) fn on_this_thread() -> Self {
        Self::new(Some(thread::current().id()))
    }

    /// Whether this thread may touch the task's future.
    pub(crate) fn is_home(&self) -> bool {
        self.home.is_none_or(|home| home == thread::current().id())
    }

    /// Ties the task to its loop and future. False when the task ended meanwhile: its outcome is there, and the loop will
    /// not hear of it.
    pub(crate) fn bind(&self, shared: &Arc<LoopShared>, future: *mut ffi::PyObject) -> bool {
        let binding = &self.binding;
        binding.future.store(future, Ordering::Relaxed);
        let _ = binding.shared.set(Arc::clone(shared));
        let early = {
            let mut early = binding.early.lock().unwrap_or_else(PoisonError::into_inner);
            early.take()
        };
        let bound = binding.stage.compare_exchange(UNBOUND, BOUND, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if let Some(job) = early {
            self.schedule(job);
        }
        bound
    }

    /// The future that waits, if it still does. For attached threads.
    pub(crate) fn future(&self) -> *mut ffi::PyObject {
        self.binding.future.load(Ordering::Relaxed)
    }

    /// The future waits no longer.
    pub(crate) fn forget_future(&self) {
        self.binding.future.store(ptr::null_mut(), Ordering::Relaxed);
    }
}

impl TaskHost for PyHost {
    /// Nothing on a thread that is in the runtime's context for good.
    type Guard = Option<runtime::Guard>;

    #[inline]
    fn enter(&self) -> Option<runtime::Guard> {
        (!IN_CONTEXT.get()).then(runtime::enter)
    }

    fn schedule(&self, job: Job) {
        let Some(home) = self.home else { return runtime::schedule(job) };
        {
            let mut early = self.binding.early.lock().unwrap_or_else(PoisonError::into_inner);
            if self.binding.shared.get().is_none() {
                *early = Some(job);
                return;
            }
        }
        if let Some(shared) = self.binding.shared.get()
            && let Err(item) = shared.queue.push(Item::Run(job, home))
        {
            self.give_up(item);
        }
    }

    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let host = task.host();
        if host.binding.stage.swap(DONE, Ordering::AcqRel) != BOUND {
            return;
        }
        if let Some(shared) = host.binding.shared.get().cloned() {
            // A closed queue gives the task back: its loop is gone, so nobody waits for the outcome.
            drop(shared.queue.push(Item::Done(task as Arc<dyn AnyTask>)));
        }
    }
}

impl PyHost {
    /// The loop of a `#[local]` task is gone: aborts the task at home. Elsewhere its future must not be touched, so it
    /// stays in memory.
    fn give_up(&self, item: Item) {
        if self.is_home() { drop(item) } else { mem::forget(item) }
    }
}
