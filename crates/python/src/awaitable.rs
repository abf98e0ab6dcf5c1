//! The lazy form: a `collections.abc.Coroutine` that starts its task at the first step.
//!
//! It knows no loop library: what it yields, and who tells of the end, is `task::begin`'s business.

pub(crate) mod class;
mod spare;
mod stop;

pub(crate) use self::stop::stop_iteration;

use std::cell::{Cell, RefCell};
use std::mem;
use std::sync::Arc;

use ponton_core::trace::Event;
use pyo3::ffi;

use crate::asyncio;
use crate::future;
use crate::handle::Kept;
use crate::py::{Instance, Obj, Py, Raised, Ref, Result};
use crate::state::state;
use crate::task::{self, AnyTask, Begun, Start};
use crate::trio;

/// What an awaitable holds.
pub(crate) struct Awaitable {
    /// For its names.
    pub(crate) function: Obj,
    stage: RefCell<Stage>,
    /// Where it was made, when `sys.set_coroutine_origin_tracking_depth` asks for it.
    pub(crate) origin: Option<Obj>,
    /// Whether the collector knows of it. It can be part of a cycle only while it holds objects of Python's: once it has
    /// suspended, and before its start where some were handed over.
    tracked: Cell<bool>,
}

enum Stage {
    /// The task, and what it was given of Python's: until its start nobody else has that.
    Created(Arc<dyn AnyTask>, Start, Kept),
    /// A step is under way.
    Running,
    /// It yielded this future.
    Suspended(Obj),
    /// This coroutine of trio's waits for that future.
    Delegated(Obj, Obj),
    /// An exception was thrown in while the Rust future was being polled: it is raised once that is dropped.
    Dropping(Obj, Obj),
    Finished,
}

/// One step's result.
pub(crate) enum Step {
    Return(Obj),
    Yield(Obj),
}

pub(crate) fn value(awaitable: Ref<'_>) -> &Awaitable {
    // SAFETY: only awaitables come here, and they outlive the reference.
    unsafe { Instance::value(awaitable.as_ptr()) }
}

pub(crate) fn new(py: Py, function: Ref<'_>, task: Arc<dyn AnyTask>, start: Start, given: Kept) -> Result<Obj> {
    let origin = class::origin(py)?;
    let tracked = origin.is_some() || !given.is_empty();
    let held = Awaitable {
        function: function.to_owned(),
        stage: RefCell::new(Stage::Created(task, start, given)),
        origin,
        tracked: Cell::new(false),
    };
    let class = state(py).awaitable_type;
    // SAFETY: the type is that of `Awaitable`, with cycle collection, and so was that of a spare.
    let awaitable = unsafe {
        match spare::take(py, class.as_type()) {
            Some(spare) => Instance::new_in(py, spare, held)?,
            None => Instance::new_collected(py, class, held)?,
        }
    };
    if tracked {
        track(awaitable.as_ref());
    }
    Ok(awaitable)
}

fn track(awaitable: Ref<'_>) {
    if !value(awaitable).tracked.replace(true) {
        // SAFETY: attached; tracked once, and its value is in place.
        unsafe { ffi::PyObject_GC_Track(awaitable.as_ptr().cast()) }
    }
}

impl Awaitable {
    fn replace(&self, stage: Stage) -> Stage {
        self.stage.replace(stage)
    }

    /// The end of a step, which found the stage at `Running`.
    #[inline]
    fn leave(&self, stage: Stage) {
        match self.stage.replace(stage) {
            // Has nothing to drop. Said here, for the compiler would call a function to find out.
            running @ Stage::Running => mem::forget(running),
            other => drop(other),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(*self.stage.borrow(), Stage::Running)
    }

    /// What it waits for.
    pub(crate) fn waits_for(&self) -> Option<Obj> {
        match &*self.stage.borrow() {
            Stage::Suspended(waited) | Stage::Dropping(waited, _) | Stage::Delegated(waited, _) => Some(waited.clone()),
            _ => None,
        }
    }

    /// Every object it owns, for the collector.
    pub(crate) fn each(&self, mut visit: impl FnMut(crate::py::Ptr) -> std::ffi::c_int) -> std::ffi::c_int {
        // SAFETY: the collector runs attached, in no borrow of this cell: whoever holds one runs no Python code.
        let (a, b, given) = match unsafe { &*self.stage.as_ptr() } {
            Stage::Created(_, _, given) => (None, None, Some(given)),
            Stage::Suspended(future) => (Some(future), None, None),
            Stage::Delegated(coroutine, future) => (Some(coroutine), Some(future), None),
            Stage::Dropping(future, error) => (Some(future), Some(error), None),
            _ => (None, None, None),
        };
        let objects = [Some(&self.function), self.origin.as_ref(), a, b].into_iter().flatten().map(Obj::as_ptr);
        let given = given.into_iter().flat_map(Kept::objects);
        objects.chain(given).map(&mut visit).find(|&answer| answer != 0).unwrap_or(0)
    }
}

fn reused(py: Py) -> Raised {
    Raised::runtime_error(py, "cannot reuse already awaited coroutine")
}

fn executing(py: Py) -> Raised {
    // SAFETY: a static of the interpreter.
    Raised::new(py, unsafe { ffi::PyExc_ValueError }, "coroutine already executing")
}

/// `__await__()`: whether it may be awaited.
pub(crate) fn check_await(py: Py, this: Ref<'_>) -> Result<()> {
    match &*value(this).stage.borrow() {
        Stage::Created(..) => Ok(()),
        Stage::Finished => Err(reused(py)),
        Stage::Running | Stage::Suspended(_) | Stage::Delegated(..) | Stage::Dropping(..) => Err(awaited_already(py)),
    }
}

fn awaited_already(py: Py) -> Raised {
    Raised::runtime_error(py, "coroutine is being awaited already")
}

/// `send(value)`.
#[inline]
pub(crate) fn send(py: Py, this: Ref<'_>, sent: Option<Ref<'_>>) -> Result<Step> {
    if is_inherited(this) {
        return send_inherited(py, this, sent);
    }
    match value(this).replace(Stage::Running) {
        Stage::Created(task, start, _given) if sent.is_none_or(Ref::is_none) => first_step(py, this, task, start),
        stage => send_on(py, this, stage, sent),
    }
}

/// Whether it came from the process that this one was forked from.
#[inline]
pub(crate) fn is_inherited(this: Ref<'_>) -> bool {
    // SAFETY: only awaitables come here, and they outlive the reference.
    unsafe { Instance::<Awaitable>::is_inherited(this.as_ptr()) }
}

/// In a forked child: what had come before the fork is here, and the rest never comes.
#[cold]
fn send_inherited(py: Py, this: Ref<'_>, sent: Option<Ref<'_>>) -> Result<Step> {
    let held = value(this);
    match held.replace(Stage::Running) {
        stage @ (Stage::Finished | Stage::Running) => send_on(py, this, stage, None),
        Stage::Suspended(future) if future::is_done(future.as_ref()) => later_step(py, this, future),
        // The coroutine that waits in our place has to hear of it: its run counts those that wait.
        Stage::Delegated(coroutine, future) if future::is_done(future.as_ref()) => {
            send_on(py, this, Stage::Delegated(coroutine, future), sent)
        }
        other => Err(forsake(py, held, other)),
    }
}

/// What is the parent's is neither polled nor dropped.
fn forsake(py: Py, held: &Awaitable, stage: Stage) -> Raised {
    mem::forget(stage);
    held.replace(Stage::Finished);
    future::awaited_by_parent(py, held.function.as_ref())
}

/// Any step but the first.
fn send_on(py: Py, this: Ref<'_>, stage: Stage, sent: Option<Ref<'_>>) -> Result<Step> {
    let held = value(this);
    match stage {
        Stage::Created(task, start, given) => {
            held.leave(Stage::Created(task, start, given));
            Err(Raised::type_error(py, "can't send non-None value to a just-started coroutine"))
        }
        Stage::Suspended(future) => later_step(py, this, future),
        Stage::Delegated(coroutine, future) => {
            let none = py.none();
            let step = trio::send(py, coroutine.as_ref(), sent.unwrap_or(none.as_ref()));
            delegated(py, held, coroutine, future, step)
        }
        Stage::Dropping(future, error) => {
            if future::is_done(future.as_ref()) {
                held.leave(Stage::Finished);
                return Err(Raised::instance(error.as_ref()));
            }
            let again = again(py, future.as_ref());
            held.leave(Stage::Dropping(future, error));
            again
        }
        Stage::Finished => {
            held.leave(Stage::Finished);
            Err(reused(py))
        }
        Stage::Running => Err(executing(py)),
    }
}

#[inline]
fn first_step(py: Py, this: Ref<'_>, task: Arc<dyn AnyTask>, start: Start) -> Result<Step> {
    let held = value(this);
    match task::begin(py, task, start, held.function.as_ref()) {
        Ok(Begun::Settled(settled)) => {
            held.leave(Stage::Finished);
            settled.into_result(py).map(Step::Return)
        }
        Ok(Begun::Pending(future)) => {
            track(this);
            if future::is_trios(future.as_ref()) {
                return first_delegated(py, held, future);
            }
            let step = again(py, future.as_ref());
            held.leave(Stage::Suspended(future));
            step
        }
        Err(raised) => {
            held.leave(Stage::Finished);
            Err(raised)
        }
    }
}

/// trio's tasks understand trio's coroutines only, so one waits in our place.
fn first_delegated(py: Py, held: &Awaitable, future: Obj) -> Result<Step> {
    match trio::wait(py, future.as_ref()) {
        Ok(coroutine) => {
            let step = trio::send(py, coroutine.as_ref(), py.none().as_ref());
            delegated(py, held, coroutine, future, step)
        }
        Err(raised) => {
            held.leave(Stage::Finished);
            Err(raised)
        }
    }
}

/// What a step of the delegate means for the awaitable.
fn delegated(py: Py, held: &Awaitable, coroutine: Obj, future: Obj, step: Result<Step>) -> Result<Step> {
    match step {
        Ok(Step::Yield(yielded)) => {
            held.leave(Stage::Delegated(coroutine, future));
            Ok(Step::Yield(yielded))
        }
        // Told from here, so that no frame of ours is in the traceback.
        Ok(Step::Return(_)) => {
            held.leave(Stage::Finished);
            future::result(py, future.as_ref()).map(Step::Return)
        }
        Err(raised) => {
            held.leave(Stage::Finished);
            Err(raised)
        }
    }
}

/// Yields `future` to the Task that drives us; in debug mode, one of asyncio's own that goes with it.
fn again(py: Py, future: Ref<'_>) -> Result<Step> {
    let held = future::value(future);
    if asyncio::is_debug(py, held.event_loop.as_ref()) {
        let show = state(py).support(py, c"shown_future")?;
        return py.call(show.as_ref(), &[future]).map(Step::Yield);
    }
    held.blocking.set(true);
    Ok(Step::Yield(future.to_owned()))
}

fn later_step(py: Py, this: Ref<'_>, future: Obj) -> Result<Step> {
    let held = value(this);
    if future::is_done(future.as_ref()) {
        held.leave(Stage::Finished);
        return future::result(py, future.as_ref()).map(Step::Return);
    }
    let refusal = refuse(py, held, future.as_ref());
    held.leave(Stage::Suspended(future));
    Err(refusal)
}

/// Why an awaitable that waits cannot be driven on.
fn refuse(py: Py, held: &Awaitable, future: Ref<'_>) -> Raised {
    let bound = &future::value(future).event_loop;
    let running = match asyncio::peek(py) {
        Ok(running) => running.map_or_else(|| py.none(), |(running, _)| running),
        Err(raised) => return raised,
    };
    if running.as_ref().is(bound.as_ref()) {
        return awaited_already(py);
    }
    let name = crate::function::full_name(held.function.as_ref());
    let (bound, other) = (bound.as_ref().display(), running.as_ref().display());
    let message =
        format!("'{name}' is bound to a different event loop: it waits on {bound} and was driven from {other}");
    Raised::runtime_error(py, &message)
}

/// `throw(error)`: the exception is raised where the awaitable waits, after the Rust future was dropped.
pub(crate) fn throw(py: Py, this: Ref<'_>, error: Obj) -> Result<Step> {
    let held = value(this);
    match held.replace(Stage::Running) {
        created @ Stage::Created(..) => {
            held.replace(Stage::Finished);
            let_go(this, created);
            Err(Raised::instance(error.as_ref()))
        }
        Stage::Suspended(future) => {
            if future::is_done(future.as_ref()) {
                // What the Task throws in is what it got from this future.
                future::value(future.as_ref()).unseen.set(false);
                held.replace(Stage::Finished);
                return Err(Raised::instance(error.as_ref()));
            }
            if future::abandon(py, future.as_ref()) {
                held.replace(Stage::Finished);
                return Err(Raised::instance(error.as_ref()));
            }
            let step = again(py, future.as_ref());
            held.replace(Stage::Dropping(future, error));
            step
        }
        Stage::Delegated(coroutine, future) => {
            let step = trio::throw(py, coroutine.as_ref(), error.as_ref());
            delegated(py, held, coroutine, future, step)
        }
        Stage::Dropping(future, first) => {
            if future::is_done(future.as_ref()) {
                held.replace(Stage::Finished);
                return Err(Raised::instance(first.as_ref()));
            }
            let step = again(py, future.as_ref());
            held.replace(Stage::Dropping(future, first));
            step
        }
        Stage::Finished => {
            held.replace(Stage::Finished);
            Err(reused(py))
        }
        Stage::Running => Err(executing(py)),
    }
}

/// Drops a call that has not begun, unless it is a parent process's.
fn let_go(this: Ref<'_>, stage: Stage) {
    if is_inherited(this) { mem::forget(stage) } else { drop(stage) }
}

/// `close()`: drops the Rust future. One that is being polled on a worker is dropped when that poll returns.
pub(crate) fn close(py: Py, this: Ref<'_>) -> Result<()> {
    let held = value(this);
    match held.replace(Stage::Finished) {
        created @ Stage::Created(..) => let_go(this, created),
        Stage::Suspended(future) | Stage::Dropping(future, _) => {
            future::abandon(py, future.as_ref());
        }
        Stage::Delegated(coroutine, _) => {
            py.call_method(state(py).names.close.get(py), &[coroutine.as_ref()], None)?;
        }
        Stage::Finished => {}
        Stage::Running => {
            held.replace(Stage::Running);
            return Err(executing(py));
        }
    }
    Ok(())
}

/// `start()`: starts the task now and gives the future of its end.
pub(crate) fn start(py: Py, this: Ref<'_>) -> Result<Obj> {
    let held = value(this);
    check_await(py, this)?;
    if is_inherited(this) {
        return Err(forsake(py, held, held.replace(Stage::Running)));
    }
    let Some(running) = asyncio::running(py)? else {
        return Err(task::no_running_loop(py, held.function.as_ref()));
    };
    let Stage::Created(task, start, _) = held.replace(Stage::Finished) else { return Err(reused(py)) };
    match task::begin(py, task, start, held.function.as_ref())? {
        Begun::Pending(future) => {
            if ponton_core::host::in_use() {
                future::note_context(py, future.as_ref())?;
            }
            Ok(future)
        }
        Begun::Settled(settled) => future::new_done(py, running, settled, held.function.as_ref()),
    }
}

/// The awaitable goes. True when it was never awaited.
pub(crate) fn is_unused(held: &Awaitable) -> bool {
    match &*held.stage.borrow() {
        Stage::Created(task, ..) => {
            task.emit(Event::NeverAwaited);
            true
        }
        _ => false,
    }
}

/// Whether the collector knows of it.
fn is_tracked(held: &Awaitable) -> bool {
    held.tracked.get()
}

pub(crate) fn is_created(held: &Awaitable) -> bool {
    matches!(*held.stage.borrow(), Stage::Created(..))
}

/// The awaitable goes while it waits, or before.
pub(crate) fn drop_pending(py: Py, this: Ref<'_>) {
    match value(this).replace(Stage::Finished) {
        Stage::Suspended(future) | Stage::Dropping(future, _) => {
            future::abandon(py, future.as_ref());
        }
        other => let_go(this, other),
    }
}
