//! What asyncio offers, looked up once.

use std::sync::OnceLock;

use pyo3::ffi;

use crate::py::{Global, Obj, Py, Raised, Ref, Result};
use crate::state::state;

struct Library {
    get_running_loop: Global,
    cancelled_error: Global,
    invalid_state_error: Global,
    task: Global,
    future: Global,
    coroutine: Global,
}

static LIBRARY: OnceLock<Library> = OnceLock::new();

fn library(py: Py) -> Result<&'static Library> {
    if let Some(library) = LIBRARY.get() {
        return Ok(library);
    }
    let asyncio = py.import(c"asyncio")?;
    let get = |name| asyncio.as_ref().attr_str(name).map(Obj::forever);
    let library = Library {
        get_running_loop: get(c"_get_running_loop")?,
        cancelled_error: get(c"CancelledError")?,
        invalid_state_error: get(c"InvalidStateError")?,
        task: get(c"Task")?,
        future: get(c"Future")?,
        coroutine: py.import(c"types")?.as_ref().attr_str(c"CoroutineType").map(Obj::forever)?,
    };
    Ok(LIBRARY.get_or_init(|| library))
}

/// asyncio's loop that runs on this thread, or `None`.
pub(super) fn get_running_loop(py: Py) -> Result<Obj> {
    py.call(library(py)?.get_running_loop.get(py), &[])
}

/// `asyncio.Future`.
pub(crate) fn future_class(py: Py) -> Result<Ref<'static>> {
    Ok(library(py)?.future.get(py))
}

/// Whether a loop was closed.
pub(crate) fn is_closed(py: Py, event_loop: Ref<'_>) -> bool {
    ask(py, state(py).names.is_closed, event_loop)
}

/// Whether a loop is in debug mode.
pub(crate) fn is_debug(py: Py, event_loop: Ref<'_>) -> bool {
    ask(py, state(py).names.get_debug, event_loop)
}

fn ask(py: Py, method: Global, event_loop: Ref<'_>) -> bool {
    match py.call_method(method.get(py), &[event_loop], None) {
        // SAFETY: only compares.
        Ok(answer) => answer.as_ptr() == unsafe { ffi::Py_True() },
        Err(raised) => {
            raised.clear(py);
            false
        }
    }
}

/// Calls `callback(argument)` in `context` on the loop's next turn.
pub(crate) fn call_soon(
    py: Py,
    event_loop: Ref<'_>,
    callback: Ref<'_>,
    argument: Ref<'_>,
    context: Ref<'_>,
) -> Result<()> {
    let names = &state(py).names;
    let keyword = Some(names.context_keyword.get(py));
    py.call_method(names.call_soon.get(py), &[event_loop, callback, argument, context], keyword).map(drop)
}

/// Raises `CancelledError`.
pub(crate) fn cancelled_error(py: Py, message: Option<Ref<'_>>) -> Raised {
    match new_cancelled_error(py, message) {
        Ok(error) => Raised::instance(error.as_ref()),
        Err(raised) => raised,
    }
}

/// A `CancelledError`.
pub(crate) fn new_cancelled_error(py: Py, message: Option<Ref<'_>>) -> Result<Obj> {
    let class = library(py)?.cancelled_error.get(py);
    match message {
        Some(message) if !message.is_none() => py.call(class, &[message]),
        _ => py.call(class, &[]),
    }
}

/// Raises `InvalidStateError`.
pub(crate) fn invalid_state(py: Py, message: &str) -> Raised {
    match library(py) {
        Ok(library) => Raised::new(py, library.invalid_state_error.as_ptr(), message),
        Err(raised) => raised,
    }
}

/// Whether it is a coroutine of an `async def`.
pub(crate) fn is_coroutine(value: Ref<'_>) -> Result<bool> {
    Ok(value.type_ptr() == library(value.py())?.coroutine.as_type())
}

/// A Task of its own for `coroutine`. If `eager`, it takes its first step at once where Python can do that (3.12 and newer).
pub(crate) fn new_task(py: Py, coroutine: Ref<'_>, event_loop: Ref<'_>, eager: bool) -> Result<Obj> {
    let names = &state(py).names;
    let Some(keywords) = state(py).eager_keywords.filter(|_| eager) else {
        return py.call_method(names.create_task.get(py), &[event_loop, coroutine], None);
    };
    let factory = py.call_method(names.get_task_factory.get(py), &[event_loop], None)?;
    if !factory.as_ref().is_none() {
        return py.call_method(names.create_task.get(py), &[event_loop, coroutine], None);
    }
    let eager = py.bool(true);
    py.call_with(library(py)?.task.get(py), &[coroutine, event_loop, eager.as_ref()], keywords.get(py))
}

/// Whether it is a `CancelledError`.
pub(crate) fn is_cancelled_error(py: Py, error: Ref<'_>) -> bool {
    library(py).is_ok_and(|library| error.is_instance(library.cancelled_error.get(py)))
}
