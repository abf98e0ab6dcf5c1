//! The way from the Rust code of one call back to its loop.

use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use ponton_core::host::HostError;
use ponton_core::host::lane::{Errand, Lane};

use crate::asyncio::{self, Item, LoopShared};
use crate::py::{Py, Ref, abi};
use crate::state::state;
use crate::task::AnyTask;
use crate::{error, future};

/// Made when a call first asks for host code.
pub(crate) struct CallLane {
    shared: Arc<LoopShared>,
    /// The call, once it waits.
    task: OnceLock<Weak<dyn AnyTask>>,
    state: Mutex<State>,
    /// Whether anything was asked for from another thread.
    posted: AtomicBool,
    this: Weak<Self>,
}

enum State {
    /// No call: this way was taken by an object that was handed over.
    Unowned,
    /// Somebody waits for the call.
    Open,
    /// Host code ended the call.
    Failed(HostError),
    /// The end of the call was told.
    Over,
}

impl CallLane {
    fn new(shared: Arc<LoopShared>, state: State) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            shared,
            task: OnceLock::new(),
            state: Mutex::new(state),
            posted: AtomicBool::new(false),
            this: Weak::clone(this),
        })
    }

    pub(crate) fn of_call(shared: Arc<LoopShared>) -> Arc<Self> {
        Self::new(shared, State::Open)
    }

    /// For code that no call owns.
    pub(crate) fn of_object(shared: Arc<LoopShared>) -> Arc<Self> {
        Self::new(shared, State::Unowned)
    }

    /// The one behind what core hands back.
    pub(crate) fn get(lane: &Arc<dyn Lane>) -> Option<&Self> {
        (lane.as_ref() as &dyn Any).downcast_ref()
    }

    pub(crate) fn shared(&self) -> &Arc<LoopShared> {
        &self.shared
    }

    /// The call waits now.
    pub(crate) fn tie(&self, task: Weak<dyn AnyTask>) {
        let _ = self.task.set(task);
    }

    /// The call's end is told.
    pub(crate) fn close(&self) {
        *self.state() = State::Over;
    }

    /// What host code ended the call with.
    pub(crate) fn failure(&self) -> Option<HostError> {
        match &*self.state() {
            State::Failed(error) => Some(error.clone()),
            _ => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The context of the call, once it waits.
    #[cfg(feature = "pyo3-async-runtimes")]
    pub(crate) fn context(&self, py: Py) -> Option<crate::py::Obj> {
        let task = self.task.get().and_then(Weak::upgrade)?;
        future::context(asyncio::waiting(py, &task)?.as_ref())
    }

    /// Runs `body`, which leaves no error indicator, in the context of the call. During its first step that is in force.
    pub(crate) fn within<R>(&self, py: Py, body: impl FnOnce() -> R) -> R {
        let task = self.task.get().and_then(Weak::upgrade);
        let future = task.and_then(|task| asyncio::waiting(py, &task));
        match future.and_then(|future| future::context(future.as_ref())) {
            Some(context) => abi::in_context(py, context.as_ref(), body),
            None => body(),
        }
    }

    /// Whether `future` is that of the call.
    pub(crate) fn is_of(&self, py: Py, future: Ref<'_>) -> bool {
        let task = self.task.get().and_then(Weak::upgrade);
        task.and_then(|task| asyncio::waiting(py, &task)).is_some_and(|own| own.as_ref().is(future))
    }

    /// Has everything done that was asked for so far, on the loop's thread.
    pub(crate) fn flush(&self, py: Py) {
        if !self.posted.load(Ordering::Acquire) {
            return;
        }
        let fence = Arc::new(Fence(AtomicBool::new(false)));
        if let Err(errand) = self.post(Arc::clone(&fence) as Arc<dyn Errand>) {
            return errand.abandon(); // of whoever it is
        }
        while !fence.0.load(Ordering::Relaxed) {
            if let Err(raised) = asyncio::drain(py, &self.shared) {
                raised.unraisable(None);
            }
        }
    }

    /// Ends the call, if it waits already. On the loop's thread.
    pub(crate) fn end(&self, py: Py) {
        let task = self.task.get().and_then(Weak::upgrade);
        if let Some(future) = task.and_then(|task| asyncio::waiting(py, &task))
            && let Err(raised) = future::fail(py, future.as_ref())
        {
            raised.unraisable(Some(future.as_ref()));
        }
    }
}

impl Lane for CallLane {
    fn is_here(&self) -> bool {
        self.shared.is_here()
    }

    fn post(&self, errand: Arc<dyn Errand>) -> Result<(), Arc<dyn Errand>> {
        self.posted.store(true, Ordering::Release);
        match self.shared.queue.push(Item::Errand(errand)) {
            Ok(()) => Ok(()),
            Err(Item::Errand(errand)) => Err(errand),
            Err(other) => {
                other.discard();
                Ok(())
            }
        }
    }

    fn is_open(&self) -> bool {
        !self.shared.queue.is_closed() && !matches!(*self.state(), State::Over)
    }

    fn fail(&self, error: HostError) {
        let Some(lane) = self.this.upgrade() else { return };
        let failure = {
            let mut state = self.state();
            match *state {
                State::Open => {
                    *state = State::Failed(error);
                    Failure { lane, unheard: None }
                }
                State::Failed(_) => return,
                State::Over | State::Unowned => Failure { lane, unheard: Some(error) },
            }
        };
        let failure: Arc<dyn Errand> = Arc::new(failure);
        if self.is_here() {
            failure.run();
        } else if let Err(errand) = self.post(failure) {
            errand.abandon();
        }
    }
}

/// Says that everything before it in the queue was done.
struct Fence(AtomicBool);

impl Errand for Fence {
    fn run(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn abandon(self: Arc<Self>) {
        self.run();
    }
}

/// Host code raised something that Rust could not be told of.
struct Failure {
    lane: Arc<CallLane>,
    /// What no call can be ended with.
    unheard: Option<HostError>,
}

impl Errand for Failure {
    fn run(self: Arc<Self>) {
        // SAFETY: errands run on the loop's thread, where code of ours is attached.
        let py = unsafe { Py::attached() };
        match &self.unheard {
            Some(error) => report(py, &self.lane.shared, error),
            None => self.lane.end(py),
        }
    }

    fn abandon(self: Arc<Self>) {}
}

/// Tells of an exception that nobody waited for, as asyncio does.
fn report(py: Py, shared: &LoopShared, error: &HostError) {
    let Some(event_loop) = asyncio::event_loop(py, shared) else { return };
    let exception = error::object(py, error);
    let told = state(py)
        .support(py, c"unheard")
        .and_then(|tell| py.call(tell.as_ref(), &[event_loop.as_ref(), exception.as_ref()]));
    if let Err(raised) = told {
        raised.unraisable(None);
    }
}
