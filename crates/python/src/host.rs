//! Where a task is polled, and how its end reaches the loop that waits for it.

use std::cell::Cell;
use std::future::Future;
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ponton_core::host::lane::Lane;
use ponton_core::module::Return;
use ponton_core::task::{Habit, Job, Task, TaskHost};
use ponton_core::thread;
use ponton_native::runtime;
use pyo3::ffi;

use crate::asyncio::{self, Item, LoopShared};
use crate::error;
use crate::fork;
use crate::lane::CallLane;
use crate::py::Py;
use crate::state::state;
use crate::task::{AnyTask, Settled};

/// The host's side of a task.
pub(crate) struct PyHost {
    place: Place,
    binding: Binding,
}

/// Who polls a task.
#[derive(Clone, Copy)]
enum Place {
    /// The awaiter first, then workers; the loop's thread when host code has answered there, or when it was woken there and
    /// its polls are short.
    Anywhere(&'static Habit),
    /// Workers only, for `#[spawn]` and `#[blocking]`.
    Workers,
    /// One thread, for `#[local]`.
    Home(u64),
}

/// The tie between a task that suspended and the loop and future that wait for it.
struct Binding {
    stage: AtomicU8,
    /// Made when the task suspends, or first asks for host code.
    lane: OnceLock<Arc<CallLane>>,
    /// Borrowed: the future clears it when it goes. Only read and written by attached threads.
    future: AtomicPtr<ffi::PyObject>,
    /// A poll that came due before the tie was made. Nobody polls in between, so that whoever does knows the loop.
    early: Mutex<Option<Job>>,
}

thread_local! {
    /// The generation of the process that the thread entered the context in, from 1 on.
    static IN_CONTEXT: Cell<u32> = const { Cell::new(0) };
}

/// Puts a thread of Python's into the runtime's context, for good: entering and leaving it for each poll would be a tenth
/// of a ready call. Nobody else on such a thread has a runtime of ours in mind. Workers are in the context anyway.
#[inline]
pub(crate) fn enter_context() {
    let generation = fork::generation() + 1;
    if IN_CONTEXT.get() != generation {
        mem::forget(runtime::enter());
        IN_CONTEXT.set(generation);
    }
}

/// Whether this thread entered code of ours from Python. While that runs, it is attached.
pub(crate) fn is_of_python() -> bool {
    IN_CONTEXT.get() != 0
}

const UNBOUND: u8 = 0;
const BOUND: u8 = 1;
const DONE: u8 = 2;

impl PyHost {
    fn new(place: Place) -> Self {
        let binding = Binding {
            stage: AtomicU8::new(UNBOUND),
            lane: OnceLock::new(),
            future: AtomicPtr::new(ptr::null_mut()),
            early: Mutex::new(None),
        };
        Self { place, binding }
    }

    /// Polled by whoever suits after its first poll.
    pub(crate) fn anywhere(habit: &'static Habit) -> Self {
        Self::new(Place::Anywhere(habit))
    }

    /// Never polled by a loop's thread after its first poll.
    pub(crate) fn on_workers() -> Self {
        Self::new(Place::Workers)
    }

    /// Polled on the calling thread only.
    pub(crate) fn on_this_thread() -> Self {
        Self::new(Place::Home(thread::number()))
    }

    /// Whether this thread may touch the task's future.
    pub(crate) fn is_home(&self) -> bool {
        match self.place {
            Place::Home(home) => home == thread::number(),
            Place::Anywhere(_) | Place::Workers => true,
        }
    }

    /// Ties the task to its loop and future. False when the task ended meanwhile: its outcome is there, and the loop will
    /// not hear of it.
    pub(crate) fn bind(&self, task: &Arc<dyn AnyTask>, shared: &Arc<LoopShared>, future: *mut ffi::PyObject) -> bool {
        let binding = &self.binding;
        binding.future.store(future, Ordering::Relaxed);
        binding.lane.get_or_init(|| CallLane::of_call(Arc::clone(shared))).tie(Arc::downgrade(task));
        let (bound, early) = {
            let mut early = self.early();
            let bound = binding.stage.compare_exchange(UNBOUND, BOUND, Ordering::AcqRel, Ordering::Acquire).is_ok();
            (bound, early.take())
        };
        if let Some(job) = early {
            self.schedule(job);
        }
        bound
    }

    fn early(&self) -> MutexGuard<'_, Option<Job>> {
        self.binding.early.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of a poll that came due for a task that was never bound.
    pub(crate) fn forget_early(&self) {
        let early = {
            let mut early = self.early();
            // What comes due from now on, work that the future has left, does not wait for a tie.
            self.binding.stage.store(DONE, Ordering::Release);
            early.take()
        };
        drop(early);
    }

    /// The future that waits, if it still does. For attached threads.
    pub(crate) fn future(&self) -> *mut ffi::PyObject {
        self.binding.future.load(Ordering::Relaxed)
    }

    /// The future waits no longer.
    pub(crate) fn forget_future(&self) {
        self.binding.future.store(ptr::null_mut(), Ordering::Relaxed);
        if let Some(lane) = self.binding.lane.get() {
            lane.close();
        }
    }

    /// The lane, if the task has suspended or asked for host code.
    pub(crate) fn known_lane(&self) -> Option<&Arc<CallLane>> {
        self.binding.lane.get()
    }

    /// What is told instead of `settled`: host code may have ended the call.
    pub(crate) fn overrule(&self, py: Py, settled: Settled) -> Settled {
        match self.known_lane().and_then(|lane| lane.failure()) {
            Some(failure) => Settled::Error(error::out_of_coroutine(py, error::object(py, &failure))),
            None => settled,
        }
    }

    /// The lane of a first poll.
    fn early_lane(&self) -> Option<&Arc<CallLane>> {
        let shared = loop_of_first_poll()?;
        Some(self.binding.lane.get_or_init(|| CallLane::of_call(shared)))
    }

    /// The loop of the call, once it is known.
    fn shared(&self) -> Option<&LoopShared> {
        self.known_lane().map(|lane| lane.shared().as_ref())
    }
}

/// The loop of the thread that makes a first poll.
fn loop_of_first_poll() -> Option<Arc<LoopShared>> {
    if !is_of_python() {
        return None;
    }
    // SAFETY: a task is polled before it is bound by `task::begin` only, which is attached.
    let py = unsafe { Py::attached() };
    match asyncio::running(py) {
        Ok(running) => running.map(|running| running.shared),
        Err(raised) if raised.is(py, state(py).forked_error.as_ptr()) => {
            raised.clear(py); // it is raised when the task suspends
            None
        }
        Err(raised) => {
            raised.unraisable(None);
            None
        }
    }
}

impl TaskHost for PyHost {
    /// Nothing on a thread that is in the runtime's context for good.
    type Guard = Option<runtime::Guard>;

    #[inline]
    fn enter(&self) -> Option<runtime::Guard> {
        (IN_CONTEXT.get() == 0).then(runtime::enter)
    }

    fn schedule(&self, job: Job) {
        if self.shared().is_some_and(LoopShared::is_inherited) {
            mem::forget(job); // the parent polls it
            return;
        }
        if self.binding.stage.load(Ordering::Acquire) == UNBOUND {
            let mut early = self.early();
            if self.binding.stage.load(Ordering::Acquire) == UNBOUND {
                *early = Some(job);
                return;
            }
        }
        match (self.place, self.shared()) {
            (Place::Home(home), Some(shared)) => shared.send(Item::Run(job, home)),
            (Place::Home(_), None) => {}
            (Place::Anywhere(_), Some(shared)) if shared.is_here() && job.stays() => shared.keep(job),
            (Place::Anywhere(_) | Place::Workers, _) => runtime::schedule(job),
        }
    }

    fn lane(&self) -> Option<Arc<dyn Lane>> {
        let lane = self.known_lane().or_else(|| self.early_lane())?;
        Some(Arc::clone(lane) as Arc<dyn Lane>)
    }

    fn habit(&self) -> Option<&'static Habit> {
        match self.place {
            Place::Anywhere(habit) => Some(habit),
            Place::Workers | Place::Home(_) => None,
        }
    }

    fn is_here(&self) -> bool {
        !matches!(self.place, Place::Workers) && self.is_home() && self.shared().is_some_and(LoopShared::is_here)
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
        if let Some(shared) = host.known_lane().map(|lane| Arc::clone(lane.shared())) {
            // A loop that is gone has nobody who waits for the outcome.
            shared.send(Item::Done(task as Arc<dyn AnyTask>));
        }
    }
}
