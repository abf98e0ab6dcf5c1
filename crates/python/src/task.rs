//! A task with its types erased, and what its outcome is in Python.

use std::any::Any;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::task::Poll;

use ponton_core::convert::IntoHost;
use ponton_core::host::{in_use, lane};
use ponton_core::module::{Raise, Return};
use ponton_core::panic::{Caught, PanicMessage};
use ponton_core::task::{Cancelled, Outcome, Task};
use ponton_core::trace::{Event, TaskTrace};

use crate::asyncio;
use crate::error;
use crate::exit;
use crate::future;
use crate::host::{PyHost, enter_context};
use crate::py::{Global, Obj, Py, Raised, Ref, Result};
use crate::state::state;
use crate::write::Out;

/// What an awaiter gets.
pub(crate) enum Settled {
    Value(Obj),
    /// An exception instance.
    Error(Obj),
    Cancelled,
}

/// A [`Task`] of any future.
pub(crate) trait AnyTask: Send + Sync {
    /// The first poll. A task that goes on comes back.
    fn poll_first(self: Arc<Self>, py: Py) -> Result<Settled, Arc<dyn AnyTask>>;
    fn start_elsewhere(self: Arc<Self>);
    fn cancel(self: Arc<Self>) -> Cancelled;
    /// Converts the outcome, once.
    fn take(&self, py: Py) -> Option<Settled>;
    /// Drops the outcome, once.
    fn discard(&self);
    fn host(&self) -> &PyHost;
    fn emit(&self, event: Event);
}

impl<F> AnyTask for Task<F, PyHost>
where
    F: Future + 'static,
    F::Output: Return,
{
    fn poll_first(self: Arc<Self>, py: Py) -> Result<Settled, Arc<dyn AnyTask>> {
        match Self::poll_first(&self) {
            Poll::Ready(outcome) => Ok(end(py, self.host(), self.trace(), settle(py, outcome))),
            Poll::Pending => Err(self),
        }
    }
    fn start_elsewhere(self: Arc<Self>) {
        Self::start_elsewhere(&self);
    }
    fn cancel(self: Arc<Self>) -> Cancelled {
        Self::cancel(&self)
    }
    fn take(&self, py: Py) -> Option<Settled> {
        if !self.host().is_home() {
            let text = "a #[local] call ended on a thread that its event loop has left";
            return Some(Settled::Error(exception(py, state(py).aborted_error, text)));
        }
        self.take_outcome().map(|outcome| self.host().overrule(py, settle(py, outcome)))
    }
    fn discard(&self) {
        if !self.host().is_home() {
            return; // `Task` leaks what it may not touch
        }
        let outcome = AssertUnwindSafe(self.take_outcome());
        let _ = panic::catch_unwind(move || drop(outcome));
    }
    fn host(&self) -> &PyHost {
        self.host()
    }
    fn emit(&self, event: Event) {
        self.trace().emit(event);
    }
}

/// When a task is polled first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// By whoever awaits it.
    Here,
    /// By a worker.
    Elsewhere,
}

/// A task after its start.
pub(crate) enum Begun {
    Settled(Settled),
    /// It goes on by itself; this future hears of its end.
    Pending(Obj),
}

/// Starts `task` for an awaiter on this thread.
#[inline]
pub(crate) fn begin(py: Py, task: Arc<dyn AnyTask>, start: Start, function: Ref<'_>) -> Result<Begun> {
    if !task.host().is_home() {
        return Err(not_at_home(py, function));
    }
    enter_context();
    if exit::is_exiting() {
        return begin_too_late(py, task, function);
    }
    if start == Start::Elsewhere {
        return suspend(py, task, start, function);
    }
    match task.poll_first(py) {
        Ok(settled) => Ok(Begun::Settled(settled)),
        Err(task) => suspend(py, task, start, function),
    }
}

/// Ties a task that goes on by itself to the loop that runs here.
fn suspend(py: Py, task: Arc<dyn AnyTask>, start: Start, function: Ref<'_>) -> Result<Begun> {
    let running = match asyncio::running(py) {
        Ok(Some(running)) => running,
        Ok(None) => return give_up(&task, no_running_loop(py, function)),
        Err(raised) => return give_up(&task, raised),
    };
    let shared = Arc::clone(&running.shared);
    let future = match future::new_pending(py, running, Arc::clone(&task), function) {
        Ok(future) => future,
        Err(raised) => return give_up(&task, raised),
    };
    if !task.host().bind(&task, &shared, future.as_ptr()) {
        // It ended between its first poll and the binding, so the loop will not hear of it.
        future::detach(py, future.as_ref());
        if let Some(settled) = task.take(py) {
            task.emit(Event::Settled);
            return Ok(Begun::Settled(flush(py, task.host(), settled)));
        }
    }
    if let Some(lane) = task.host().known_lane()
        && lane.failure().is_some()
    {
        lane.end(py);
    }
    if start == Start::Elsewhere {
        task.start_elsewhere();
    }
    Ok(Begun::Pending(future))
}

#[cold]
fn not_at_home(py: Py, function: Ref<'_>) -> Raised {
    let name = crate::function::full_name(function);
    Raised::runtime_error(py, &format!("'{name}' is #[local]: it can only be awaited on the thread that called it"))
}

/// The end of a task that nobody waited for.
#[inline]
fn end(py: Py, host: &PyHost, trace: &TaskTrace, settled: Settled) -> Settled {
    trace.emit(Event::Settled);
    if host.known_lane().is_none() { settled } else { flush(py, host, settled) }
}

/// What it asked its host for is done before its end is told.
fn flush(py: Py, host: &PyHost, settled: Settled) -> Settled {
    let Some(lane) = host.known_lane() else { return settled };
    lane.flush(py);
    let settled = host.overrule(py, settled);
    lane.close();
    settled
}

/// It cannot wait.
fn give_up(task: &Arc<dyn AnyTask>, raised: Raised) -> Result<Begun> {
    Arc::clone(task).cancel();
    task.host().forget_early();
    Err(raised)
}

/// Nothing starts while the interpreter ends.
#[cold]
fn begin_too_late(py: Py, task: Arc<dyn AnyTask>, function: Ref<'_>) -> Result<Begun> {
    Arc::clone(&task).cancel();
    if exit::is_doomed()
        && let Some(running) = asyncio::running(py)?
    {
        return future::new_pending(py, running, task, function).map(Begun::Pending);
    }
    let text = format!("'{}' was awaited while the interpreter exits", crate::function::full_name(function));
    Err(Raised::instance(exception(py, state(py).aborted_error, &text).as_ref()))
}

pub(crate) fn no_running_loop(py: Py, function: Ref<'_>) -> Raised {
    let name = crate::function::full_name(function);
    let message = format!("no running event loop: '{name}' has to wait; await it from a coroutine that a loop runs");
    Raised::runtime_error(py, &message)
}

/// Converts an outcome. The code of the author that runs here (`Display` of an error) may panic.
pub(crate) fn settle<R: Return>(py: Py, outcome: Outcome<R>) -> Settled {
    match ended(py, outcome) {
        Settled::Error(error) => Settled::Error(error::out_of_coroutine(py, error)),
        settled => settled,
    }
}

fn ended<R: Return>(py: Py, outcome: Outcome<R>) -> Settled {
    match outcome {
        Outcome::Ready(result) => returned(py, result),
        Outcome::Panicked(message) => Settled::Error(panicked(py, &message)),
        Outcome::Cancelled => Settled::Cancelled,
        Outcome::Aborted => {
            let text = "Rust gave the call up: its task was aborted, or the runtime was shut down";
            Settled::Error(exception(py, state(py).aborted_error, text))
        }
        Outcome::Raised(error) => Settled::Error(error::object(py, &error)),
    }
}

/// Converts what a function of the author returned.
pub(crate) fn returned<R: Return>(py: Py, result: R) -> Settled {
    let converted = panic::catch_unwind(AssertUnwindSafe(|| match result.into_result() {
        Ok(value) => value.into_host(&mut Out(py)).map(Settled::Value),
        Err(error) => error.raise(&mut Out(py)).map(Settled::Error),
    }));
    match converted {
        Ok(Ok(settled)) => settled,
        Ok(Err(fault)) => Settled::Error(fault.raise(py, "result").take(py)),
        Err(payload) => Settled::Error(unwound(py, payload)),
    }
}

/// Runs code of the author on this thread.
pub(crate) fn run<R: Return>(py: Py, body: impl FnOnce() -> R) -> Settled {
    enter_context();
    run_outside(py, body)
}

/// Runs code of the author on this thread, and starts no runtime for it.
pub(crate) fn run_outside<R: Return>(py: Py, body: impl FnOnce() -> R) -> Settled {
    match caught_outside(py, body) {
        Ok(result) => returned(py, result),
        Err(error) => Settled::Error(error),
    }
}

/// Runs code of the author on this thread; a panic becomes a `PanicError`, an exception of Python's comes out as itself.
pub(crate) fn caught<R>(py: Py, body: impl FnOnce() -> R) -> Result<R, Obj> {
    enter_context();
    caught_outside(py, body)
}

fn caught_outside<R>(py: Py, body: impl FnOnce() -> R) -> Result<R, Obj> {
    let caught = || panic::catch_unwind(AssertUnwindSafe(body));
    let (result, failure) = if in_use() { lane::plain(caught) } else { (caught(), None) };
    match failure {
        Some(failure) => Err(error::object(py, &failure)),
        None => result.map_err(|payload| unwound(py, payload)),
    }
}

fn unwound(py: Py, payload: Box<dyn Any + Send>) -> Obj {
    match Caught::from_payload(payload) {
        Caught::Raised(error) => error::object(py, &error),
        Caught::Panicked(panic) => panicked(py, &panic),
    }
}

fn panicked(py: Py, panic: &PanicMessage) -> Obj {
    exception(py, state(py).panic_error, &panic.message)
}

/// `class(message)`, or whatever making it raised.
pub(crate) fn exception(py: Py, class: Global, message: &str) -> Obj {
    let made = py.str(message).and_then(|text| py.call(class.get(py), &[text.as_ref()]));
    made.unwrap_or_else(|raised| raised.take(py))
}

impl Settled {
    /// The value, or the error raised.
    pub(crate) fn into_result(self, py: Py) -> Result<Obj> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Error(error) => Err(Raised::instance(error.as_ref())),
            Self::Cancelled => Err(asyncio::cancelled_error(py, None)),
        }
    }
}
