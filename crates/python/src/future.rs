//! The started form: a future that `asyncio.isfuture` accepts, and what a suspended awaitable yields to its Task.
//!
//! While somebody waits for it (it has callbacks) the loop's drainer owns it, as the loop owns what a native
//! `asyncio.sleep` waits for. Otherwise dropping it cancels the Rust future.

pub(crate) mod class;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use ponton_core::task::Cancelled;
use pyo3::ffi;

use crate::asyncio::{self, Item, Kind, List, LoopShared, Running};
use crate::fork;
use crate::py::{Instance, Obj, Ptr, Py, Raised, Ref, Result};
use crate::state::state;
use crate::task::{AnyTask, Settled};

/// What a future holds.
pub(crate) struct Future {
    /// For its name.
    pub(crate) function: Obj,
    pub(crate) event_loop: Obj,
    shared: Arc<LoopShared>,
    /// Until the end.
    task: RefCell<Option<Arc<dyn AnyTask>>>,
    outcome: RefCell<Option<Settled>>,
    /// That of an exception, as it came: each raise starts from there.
    traceback: RefCell<Option<Obj>>,
    /// With the context each runs in.
    callbacks: RefCell<Vec<(Obj, Obj)>>,
    /// The context at the start of a call that nobody awaits yet.
    started_in: RefCell<Option<Obj>>,
    pub(crate) cancel_message: RefCell<Option<Obj>>,
    /// `_asyncio_future_blocking`: yielded, and not yet seen by a Task.
    pub(crate) blocking: Cell<bool>,
    /// Nobody has looked at its exception.
    pub(crate) unseen: Cell<bool>,
    place: Cell<usize>,
    kept: Cell<bool>,
    /// A cancel came, and the drop will follow.
    cancelling: Cell<bool>,
    /// It ended with a `CancelledError` of the host's code.
    given_up: Cell<bool>,
}

/// # Panics
/// Never: every caller has an instance of the future's type.
pub(crate) fn value(future: Ref<'_>) -> &Future {
    // SAFETY: only futures come here, and they outlive the reference.
    unsafe { Instance::value(future.as_ptr()) }
}

fn new(py: Py, running: Running, function: Ref<'_>, outcome: Option<Settled>) -> Result<Obj> {
    let given_up = outcome.as_ref().is_some_and(|outcome| is_cancellation(py, outcome));
    let unseen = !given_up && matches!(outcome, Some(Settled::Error(_)));
    let traceback = outcome.as_ref().and_then(|outcome| traceback(py, outcome));
    let held = Future {
        function: function.to_owned(),
        event_loop: running.event_loop,
        shared: running.shared,
        task: RefCell::default(),
        outcome: RefCell::new(outcome),
        traceback: RefCell::new(traceback),
        callbacks: RefCell::default(),
        started_in: RefCell::default(),
        cancel_message: RefCell::default(),
        blocking: Cell::new(false),
        unseen: Cell::new(unseen),
        place: Cell::new(usize::MAX),
        kept: Cell::new(false),
        cancelling: Cell::new(false),
        given_up: Cell::new(given_up),
    };
    // SAFETY: the type is that of `Future`, with cycle collection; the value is in place before it is tracked.
    unsafe {
        let future = Instance::new_collected(py, state(py).future_type, held)?;
        ffi::PyObject_GC_Track(future.as_ptr().cast());
        Ok(future)
    }
}

/// The traceback of an error.
fn traceback(py: Py, settled: &Settled) -> Option<Obj> {
    let Settled::Error(error) = settled else { return None };
    // SAFETY: attached; an exception, whose traceback comes as a new reference, or null without an error.
    unsafe { Obj::owned(py, ffi::PyException_GetTraceback(error.as_ptr())) }.ok()
}

/// A future of a task that goes on by itself.
pub(crate) fn new_pending(py: Py, running: Running, task: Arc<dyn AnyTask>, function: Ref<'_>) -> Result<Obj> {
    let future = new(py, running, function, None)?;
    let held = value(future.as_ref());
    *held.task.borrow_mut() = Some(task);
    held.place.set(asyncio::enlist(py, &held.shared, List::Futures, future.as_ptr()));
    Ok(future)
}

/// A future that is done.
pub(crate) fn new_done(py: Py, running: Running, settled: Settled, function: Ref<'_>) -> Result<Obj> {
    new(py, running, function, Some(settled))
}

/// Lets go of the task and of the place in the loop's list.
pub(crate) fn detach(py: Py, future: Ref<'_>) {
    drop(release(py, future));
}

/// Nothing comes back where the task is a parent process's.
fn release(py: Py, future: Ref<'_>) -> Option<Arc<dyn AnyTask>> {
    let held = value(future);
    let mut task = held.task.take();
    if task.is_some() {
        if is_inherited(future) {
            std::mem::forget(task.take());
        }
        if let Some(task) = &task {
            task.host().forget_future();
        }
        let place = held.place.replace(usize::MAX);
        if place != usize::MAX
            && let Some(moved) = asyncio::strike(py, &held.shared, List::Futures, place)
        {
            // SAFETY: the list holds living futures only.
            unsafe { Instance::<Future>::value(moved) }.place.set(place);
        }
    }
    task
}

/// The end: keeps the outcome and schedules the callbacks. What the loop raises meanwhile (a `KeyboardInterrupt`, say)
/// comes back when all are scheduled.
pub(crate) fn settle(py: Py, future: Ref<'_>, settled: Settled) -> Result<()> {
    let held = value(future);
    if is_done(future) {
        return Ok(());
    }
    drop(release(py, future));
    held.given_up.set(is_cancellation(py, &settled));
    held.unseen.set(!held.given_up.get() && matches!(settled, Settled::Error(_)));
    held.traceback.replace(traceback(py, &settled));
    held.outcome.replace(Some(settled));
    let mut first = Ok(());
    for (callback, context) in held.callbacks.take() {
        let event_loop = held.event_loop.as_ref();
        if let Err(raised) = asyncio::call_soon(py, event_loop, callback.as_ref(), future, context.as_ref()) {
            let error = raised.take(py);
            // Nothing that waits on a closed loop can run.
            if first.is_ok() && !asyncio::is_closed(py, event_loop) {
                first = Err(error);
            }
        }
    }
    unkeep(py, future);
    first.map_err(|error| Raised::instance(error.as_ref()))
}

/// Whether it came from the process that this one was forked from.
pub(crate) fn is_inherited(future: Ref<'_>) -> bool {
    // SAFETY: only futures come here, and they outlive the reference.
    unsafe { Instance::<Future>::is_inherited(future.as_ptr()) }
}

/// Raises `ForkedError` where it will never be done, because that happens in the parent process.
fn check_process(py: Py, future: Ref<'_>) -> Result<()> {
    if is_inherited(future) && !is_done(future) {
        Err(awaited_by_parent(py, value(future).function.as_ref()))
    } else {
        Ok(())
    }
}

/// What a call of a parent process raises in the child.
#[cold]
pub(crate) fn awaited_by_parent(py: Py, function: Ref<'_>) -> Raised {
    let name = crate::function::full_name(function);
    let text = format!(
        "'{name}' was called before the process forked: the call goes on in the parent only. Call it again in the child"
    );
    fork::error(py, &text)
}

/// In a forked child: it ends with `ForkedError`, and the task is left alone.
pub(crate) fn disown(py: Py, future: Ref<'_>) -> Result<()> {
    let held = value(future);
    held.place.set(usize::MAX);
    let error = awaited_by_parent(py, held.function.as_ref()).take(py);
    settle(py, future, Settled::Error(error))?;
    held.unseen.set(false); // who does not look at it has lost nothing
    Ok(())
}

fn keep(future: Ref<'_>) {
    let held = value(future);
    if held.place.get() != usize::MAX && !held.kept.replace(true) {
        future.to_owned().into_ptr();
    }
}

fn unkeep(py: Py, future: Ref<'_>) {
    if value(future).kept.replace(false) {
        // SAFETY: `keep` took this reference.
        drop(unsafe { Obj::owned(py, future.as_ptr()) });
    }
}

/// Whether the drainer owns it.
pub(crate) fn is_kept(future: Ref<'_>) -> bool {
    value(future).kept.get()
}

/// The loop closed: the Rust future is dropped, and nobody is told.
pub(crate) fn loop_is_gone(py: Py, future: Ref<'_>) {
    let held = value(future);
    held.place.set(usize::MAX);
    // Code that ran when another future ended may have ended this one.
    let Some(task) = release(py, future) else { return };
    stop(&held.shared, &task);
    let text = "the event loop was closed while the call was pending";
    let error = crate::task::exception(py, state(py).aborted_error, text);
    held.outcome.replace(Some(Settled::Error(error)));
    drop(held.callbacks.take());
    unkeep(py, future);
}

/// The interpreter ends: the Rust future is dropped, and the Python one stays as it is. Whoever waits for it, a daemon
/// thread, is stopped where it stands.
pub(crate) fn interpreter_is_going(py: Py, future: Ref<'_>) {
    let held = value(future);
    held.place.set(usize::MAX);
    if let Some(task) = release(py, future) {
        stop(&held.shared, &task);
    }
}

/// Cancels a task whose future goes. A `#[local]` one is dropped at home.
fn stop(shared: &LoopShared, task: &Arc<dyn AnyTask>) -> Cancelled {
    if task.host().is_home() {
        return Arc::clone(task).cancel();
    }
    // A loop that is gone drops it; then the task leaks what it may not touch (see `Task`).
    shared.send(Item::Drop(Arc::clone(task)));
    Cancelled::Requested
}

/// `cancel(msg)`: drops the Rust future. The future is cancelled, and its callbacks are called, when the drop is done.
/// When the outcome is on its way already, that wins.
pub(crate) fn cancel(py: Py, future: Ref<'_>, message: Ref<'_>) -> Result<bool> {
    let held = value(future);
    if is_inherited(future) && !is_done(future) {
        return settle(py, future, Settled::Cancelled).map(|()| true);
    }
    let task = held.task.borrow().clone();
    let Some(task) = task else { return Ok(false) };
    if !held.cancelling.replace(true) {
        held.cancel_message.replace(Some(message.to_owned()));
    }
    end(py, future, &task)?;
    Ok(true)
}

/// Drops the Rust future, and tells of the end once that is done.
fn end(py: Py, future: Ref<'_>, task: &Arc<dyn AnyTask>) -> Result<()> {
    if stop(&value(future).shared, task) == Cancelled::Dropped {
        task.emit(ponton_core::trace::Event::Settled);
        settle(py, future, task.host().overrule(py, Settled::Cancelled))?;
    }
    Ok(())
}

/// Host code ended the call: its lane knows the error.
pub(crate) fn fail(py: Py, future: Ref<'_>) -> Result<()> {
    let task = value(future).task.borrow().clone();
    task.map_or(Ok(()), |task| end(py, future, &task))
}

/// The context of the call: that of whoever awaits it, live, or a copy of the one that it was started in.
pub(crate) fn context(future: Ref<'_>) -> Option<Obj> {
    let held = value(future);
    // A call that was started runs in the context of its start, whoever awaits it later.
    let started_in = held.started_in.borrow().clone();
    started_in.or_else(|| held.callbacks.borrow().first().map(|(_, context)| context.clone()))
}

/// Keeps a copy of the context in force: nobody awaits the future yet.
pub(crate) fn note_context(py: Py, future: Ref<'_>) -> Result<()> {
    let context = crate::py::abi::current_context(py)?;
    value(future).started_in.replace(Some(context));
    Ok(())
}

/// The awaiter goes. True when the drop of the Rust future is done, or needs no waiting for.
pub(crate) fn abandon(py: Py, future: Ref<'_>) -> bool {
    let held = value(future);
    let task = if is_inherited(future) { release(py, future) } else { held.task.borrow().clone() };
    let Some(task) = task else { return true };
    if stop(&held.shared, &task) == Cancelled::Requested {
        held.cancelling.set(true);
        return false;
    }
    drop(release(py, future));
    task.discard();
    let callbacks = held.callbacks.take();
    held.outcome.replace(Some(Settled::Cancelled));
    drop(callbacks);
    unkeep(py, future);
    true
}

/// Whether tasks of trio's wait for it.
pub(crate) fn is_trios(future: Ref<'_>) -> bool {
    value(future).shared.kind == Kind::Trio
}

/// The callbacks, each with its context, as asyncio's futures have them; `None` where there are none.
pub(crate) fn callbacks(py: Py, held: &Future) -> Result<Obj> {
    let callbacks = held.callbacks.borrow().clone();
    if callbacks.is_empty() {
        return Ok(py.none());
    }
    let pairs =
        callbacks.into_iter().map(|(callback, context)| py.tuple([callback, context])).collect::<Result<Vec<_>>>()?;
    py.tuple_of(pairs.into_iter())
}

pub(crate) fn is_done(future: Ref<'_>) -> bool {
    value(future).outcome.borrow().is_some()
}

pub(crate) fn is_cancelled(future: Ref<'_>) -> bool {
    let held = value(future);
    held.given_up.get() || matches!(*held.outcome.borrow(), Some(Settled::Cancelled))
}

/// Whether a native future would count as cancelled.
fn is_cancellation(py: Py, settled: &Settled) -> bool {
    matches!(settled, Settled::Error(error) if asyncio::is_cancelled_error(py, error.as_ref()))
}

/// `result()`.
pub(crate) fn result(py: Py, future: Ref<'_>) -> Result<Obj> {
    match exception(py, future, "Result is not set.")? {
        Some(error) => {
            let traceback = value(future).traceback.borrow().clone();
            let traceback = traceback.unwrap_or_else(|| py.none());
            // SAFETY: attached; an exception instance, and its traceback as it came, or `None`.
            unsafe { ffi::PyException_SetTraceback(error.as_ptr(), traceback.as_ptr()) };
            Err(Raised::instance(error.as_ref()))
        }
        None => match &*value(future).outcome.borrow() {
            Some(Settled::Value(value)) => Ok(value.clone()),
            _ => Ok(py.none()),
        },
    }
}

/// `exception()`; raises when it is pending or cancelled.
pub(crate) fn exception(py: Py, future: Ref<'_>, pending: &str) -> Result<Option<Obj>> {
    let held = value(future);
    check_process(py, future)?;
    let error = match &*held.outcome.borrow() {
        Some(Settled::Value(_)) => return Ok(None),
        Some(Settled::Error(error)) if held.given_up.get() => return Err(Raised::instance(error.as_ref())),
        Some(Settled::Error(error)) => Some(error.clone()),
        Some(Settled::Cancelled) => None,
        None => return Err(asyncio::invalid_state(py, pending)),
    };
    held.unseen.set(false);
    if error.is_some() {
        return Ok(error);
    }
    let message = held.cancel_message.borrow().clone();
    Err(asyncio::cancelled_error(py, message.as_ref().map(Obj::as_ref)))
}

/// `add_done_callback(callback, context=context)`.
pub(crate) fn add_callback(py: Py, future: Ref<'_>, callback: Ref<'_>, context: Obj) -> Result<()> {
    let held = value(future);
    if is_done(future) {
        return asyncio::call_soon(py, held.event_loop.as_ref(), callback, future, context.as_ref());
    }
    check_process(py, future)?;
    held.callbacks.borrow_mut().push((callback.to_owned(), context));
    keep(future);
    Ok(())
}

/// `remove_done_callback(callback)`: how many were removed.
pub(crate) fn remove_callback(py: Py, future: Ref<'_>, callback: Ref<'_>) -> Result<usize> {
    let held = value(future);
    let mut equal = Vec::new();
    // Comparing may run Python code, which may add and remove others: no borrow is held meanwhile.
    let known: Vec<Obj> = held.callbacks.borrow().iter().map(|(known, _)| known.clone()).collect();
    for known in known {
        // SAFETY: attached.
        match unsafe { ffi::PyObject_RichCompareBool(known.as_ptr(), callback.as_ptr(), ffi::Py_EQ) } {
            0 => {}
            1 => equal.push(known),
            _ => return Err(Raised),
        }
    }
    let is_equal = |known: &Obj| equal.iter().any(|other| other.as_ref().is(known.as_ref()));
    let (gone, left): (Vec<_>, Vec<_>) = held.callbacks.take().into_iter().partition(|(known, _)| is_equal(known));
    let none_left = left.is_empty();
    held.callbacks.replace(left);
    if none_left {
        unkeep(py, future);
    }
    Ok(gone.len())
}

impl Future {
    /// Every object it owns, for the collector.
    pub(crate) fn each(&self, mut visit: impl FnMut(Ptr) -> std::ffi::c_int) -> std::ffi::c_int {
        // SAFETY: the collector runs attached, in no borrow of these cells: whoever holds one runs no Python code.
        let (outcome, callbacks) = unsafe { (&*self.outcome.as_ptr(), &*self.callbacks.as_ptr()) };
        // SAFETY: as above.
        let others = unsafe { [&*self.cancel_message.as_ptr(), &*self.traceback.as_ptr(), &*self.started_in.as_ptr()] };
        let outcome = outcome.iter().filter_map(|settled| match settled {
            Settled::Value(object) | Settled::Error(object) => Some(object),
            Settled::Cancelled => None,
        });
        let callbacks = callbacks.iter().flat_map(|(callback, context)| [callback, context]);
        [&self.function, &self.event_loop]
            .into_iter()
            .chain(outcome)
            .chain(callbacks)
            .chain(others.into_iter().flatten())
            .map(|object| visit(object.as_ptr()))
            .find(|&answer| answer != 0)
            .unwrap_or(0)
    }

    /// Breaks cycles, for the collector.
    pub(crate) fn clear(&self) {
        drop(self.callbacks.take());
        drop((self.cancel_message.take(), self.traceback.take(), self.started_in.take()));
    }

    /// The future goes: so does what it waited for.
    pub(crate) fn drop_task(py: Py, future: Ref<'_>) {
        if let Some(task) = release(py, future) {
            stop(&value(future).shared, &task);
        }
    }
}
