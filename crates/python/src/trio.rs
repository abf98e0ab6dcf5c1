//! A run of trio's as a loop: `trio.py` gives it the part of asyncio's interface that the rest of this crate uses.

use std::sync::OnceLock;

use pyo3::ffi;

use crate::awaitable::Step;
use crate::entry;
use crate::py::{Global, Obj, Py, Ref, Result};
use crate::state::{state, support};

const SOURCE: &str = include_str!("trio.py");

/// The run of trio's whose task runs on this thread, if one does. `event_loop` is asyncio's loop that runs here, or
/// `None`.
pub(crate) fn running(py: Py, event_loop: Ref<'_>) -> Result<Option<Obj>> {
    // SAFETY: attached; a new reference, or null.
    let imported = unsafe { Obj::owned(py, ffi::PyImport_GetModule(state(py).names.trio.as_ptr())) };
    match imported {
        Ok(module) if !module.as_ref().is_none() => {}
        Ok(_) => return Ok(None),
        Err(raised) => {
            raised.clear(py);
            return Ok(None);
        }
    }
    let run = match trio_run(py).and_then(|find| py.call(find, &[event_loop])) {
        Ok(run) => run,
        // Whoever runs asyncio has no use for a trio that is too old, or only half imported.
        Err(raised) if !event_loop.is_none() => {
            raised.clear(py);
            return Ok(None);
        }
        Err(raised) => return Err(raised),
    };
    Ok((!run.as_ref().is_none()).then_some(run))
}

/// `trio_run` of `trio.py`, which runs once, when somebody has imported trio.
fn trio_run(py: Py) -> Result<Ref<'static>> {
    static TRIO_RUN: OnceLock<Global> = OnceLock::new();
    if let Some(known) = TRIO_RUN.get() {
        return Ok(known.get(py));
    }
    let namespace = state(py).support.get(py);
    entry::run_source(py, SOURCE, "ponton trio", namespace)?;
    let found = support(namespace, c"trio_run")?.forever();
    Ok(TRIO_RUN.get_or_init(|| found).get(py))
}

/// A coroutine of trio's that waits for the end of `call`, a started call.
pub(crate) fn wait(py: Py, call: Ref<'_>) -> Result<Obj> {
    py.call(state(py).support(py, c"trio_wait")?.as_ref(), &[call])
}

/// One that gives its result too.
pub(crate) fn result(py: Py, call: Ref<'_>) -> Result<Obj> {
    py.call(state(py).support(py, c"trio_result")?.as_ref(), &[call])
}

/// `coroutine.send(value)`.
pub(crate) fn send(py: Py, coroutine: Ref<'_>, value: Ref<'_>) -> Result<Step> {
    let mut result = std::ptr::null_mut();
    // SAFETY: attached; living objects, and a place for the answer, which is a new reference or null.
    unsafe {
        let answer = ffi::PyIter_Send(coroutine.as_ptr(), value.as_ptr(), &raw mut result);
        let result = Obj::owned(py, result)?;
        Ok(if answer == ffi::PySendResult::PYGEN_NEXT { Step::Yield(result) } else { Step::Return(result) })
    }
}

/// `coroutine.throw(error)`.
pub(crate) fn throw(py: Py, coroutine: Ref<'_>, error: Ref<'_>) -> Result<Step> {
    let raised = match py.call_method(state(py).names.throw.get(py), &[coroutine, error], None) {
        Ok(yielded) => return Ok(Step::Yield(yielded)),
        Err(raised) => raised,
    };
    // SAFETY: a static of the interpreter.
    if !raised.is(py, unsafe { ffi::PyExc_StopIteration }) {
        return Err(raised);
    }
    raised.take(py).as_ref().attr_str(c"value").map(Step::Return)
}
