//! Exceptions on their way through Rust.

use std::sync::Arc;

use ponton_core::convert::{IoError, PlainError, Source};
use ponton_core::host::HostError;
use ponton_core::host::error::Origin;
use pyo3::ffi;

use crate::asyncio::LoopShared;
use crate::handle::Handle;
use crate::py::{Obj, Py, Ref, Result};
use crate::state::state;

/// The exception that a [`HostError`] was made from.
struct Exception(Handle);

impl Origin for Exception {}

/// How many frames are told of. The innermost say most.
const FRAMES: usize = 64;

/// What Rust gets to see of an exception that came from that loop.
pub(crate) fn of(py: Py, error: Ref<'_>, shared: Option<&Arc<LoopShared>>) -> HostError {
    let origin = Exception(Handle::new(error.to_owned(), shared.cloned()));
    HostError::of(class(py, error), error.display(), traceback(py, error), origin)
}

/// The same exception; where there is none, a `RuntimeError` that says what it says.
pub(crate) fn object(py: Py, error: &HostError) -> Obj {
    if let Some(Exception(origin)) = error.origin() {
        return origin.get(py).to_owned();
    }
    // SAFETY: attached; a static of the interpreter.
    let class = unsafe { Ref::new(ffi::PyExc_RuntimeError) };
    let made = py.str(&error.to_string()).and_then(|text| py.call(class, &[text.as_ref()]));
    made.unwrap_or_else(|raised| raised.take(py))
}

/// An error of no class of the author's.
pub(crate) fn plain(py: Py, error: &PlainError) -> Result<Obj> {
    // SAFETY: a static of the interpreter.
    let class = unsafe { Ref::new(ffi::PyExc_RuntimeError) };
    let Some((first, sources)) = error.chain.split_first() else { return py.call(class, &[]) };
    let made = link(py, first, class)?;
    set_cause(&made, causes(py, sources)?);
    if let Some(backtrace) = &error.backtrace {
        let note = py.str(&format!("in Rust:\n{backtrace}"))?;
        let noted = state(py).support(py, c"add_note")?;
        py.call(noted.as_ref(), &[made.as_ref(), note.as_ref()])?;
    }
    Ok(made)
}

/// The first of `sources`, with the others as its causes.
pub(crate) fn causes(py: Py, sources: &[Source]) -> Result<Option<Obj>> {
    // SAFETY: a static of the interpreter.
    let class = unsafe { Ref::new(ffi::PyExc_Exception) };
    let mut cause: Option<Obj> = None;
    for source in sources.iter().rev() {
        let made = link(py, source, class)?;
        set_cause(&made, cause.replace(made.clone()));
    }
    Ok(cause)
}

/// One error of a chain; `class` is that of one of which only the text is known.
fn link(py: Py, source: &Source, class: Ref<'_>) -> Result<Obj> {
    match source {
        Source::Text(text) => py.call(class, &[py.str(text)?.as_ref()]),
        Source::Io(error) => os_error(py, error),
        // It brings its own causes, and is the last.
        Source::Host(error) => Ok(object(py, error)),
    }
}

/// `OSError`, which makes itself a `FileNotFoundError` and the like by its number.
fn os_error(py: Py, error: &IoError) -> Result<Obj> {
    // SAFETY: a static of the interpreter.
    let class = unsafe { Ref::new(ffi::PyExc_OSError) };
    let text = py.str(&error.message)?;
    if cfg!(windows)
        && let Some(number) = error.os_error
    {
        let (zero, none, number) = (py.int(0)?, py.none(), py.int(number.into())?);
        return py.call(class, &[zero.as_ref(), text.as_ref(), none.as_ref(), number.as_ref()]);
    }
    let number = match (error.os_error, error.code) {
        (Some(number), _) => Some(py.int(number.into())?),
        (None, Some(code)) => {
            py.import(c"errno")?.as_ref().attr(py.str(code)?.as_ref()).map_err(|raised| raised.clear(py)).ok()
        }
        (None, None) => None,
    };
    match number {
        Some(number) => py.call(class, &[number.as_ref(), text.as_ref()]),
        None => py.call(class, &[text.as_ref()]),
    }
}

/// Chains them.
pub(crate) fn set_cause(error: &Obj, cause: Option<Obj>) {
    if let Some(cause) = cause {
        // SAFETY: attached; both are exceptions, and the first takes over the reference.
        unsafe { ffi::PyException_SetCause(error.as_ptr(), cause.into_ptr()) }
    }
}

/// What leaves a coroutine. One that let a `StopIteration` out would seem to have returned: Python makes a `RuntimeError` of
/// that (PEP 479).
pub(crate) fn out_of_coroutine(py: Py, error: Obj) -> Obj {
    // SAFETY: attached; statics of the interpreter.
    let (stop, class) = unsafe { (Ref::new(ffi::PyExc_StopIteration), Ref::new(ffi::PyExc_RuntimeError)) };
    if !error.as_ref().is_instance(stop) {
        return error;
    }
    let made = py.str("coroutine raised StopIteration").and_then(|text| py.call(class, &[text.as_ref()]));
    match made {
        Ok(made) => {
            // SAFETY: attached; exceptions, and the cause's reference is given away.
            unsafe { ffi::PyException_SetCause(made.as_ptr(), error.into_ptr()) };
            made
        }
        Err(raised) => raised.take(py),
    }
}

/// Whether it ends the program: Rust code cannot swallow it.
pub(crate) fn is_exit(error: Ref<'_>) -> bool {
    // SAFETY: attached, since a `Ref` exists; statics of the interpreter.
    unsafe {
        error.is_instance(Ref::new(ffi::PyExc_KeyboardInterrupt)) || error.is_instance(Ref::new(ffi::PyExc_SystemExit))
    }
}

/// `ValueError`, `package.Failure.Closed`.
fn class(py: Py, error: Ref<'_>) -> String {
    // SAFETY: the type of a living object is alive.
    let class = unsafe { Ref::new(error.type_ptr().cast()) };
    let text = |name: Ref<'_>| -> Result<String> { class.attr(name)?.as_ref().utf8().map(str::to_owned) };
    let names = &state(py).names;
    let name = text(names.qualname.get(py)).unwrap_or_else(|raised| {
        raised.clear(py);
        error.type_name()
    });
    match text(names.module.get(py)) {
        Ok(module) if module != "builtins" => format!("{module}.{name}"),
        Ok(_) => name,
        Err(raised) => {
            raised.clear(py);
            name
        }
    }
}

/// One line for each frame, outermost first. Source lines are left out: reading them would take longer than the call.
fn traceback(py: Py, error: Ref<'_>) -> String {
    let mut lines = Vec::new();
    // SAFETY: attached; an exception, whose traceback comes as a new reference, or null.
    let mut next = unsafe { Obj::owned(py, ffi::PyException_GetTraceback(error.as_ptr())) }.ok();
    while let Some(entry) = next.take().filter(|entry| !entry.as_ref().is_none()) {
        match line(py, entry.as_ref()) {
            Ok((text, inner)) => {
                lines.push(text);
                next = Some(inner);
            }
            Err(raised) => raised.clear(py),
        }
    }
    let left_out = lines.len().saturating_sub(FRAMES);
    if left_out > 0 {
        lines.splice(..left_out, [format!("... {left_out} frames")]);
    }
    lines.join("\n")
}

/// `file:line in name`, and the next entry.
fn line(py: Py, entry: Ref<'_>) -> Result<(String, Obj)> {
    let names = &state(py).names;
    let code = entry.attr(names.tb_frame.get(py))?.as_ref().attr(names.f_code.get(py))?;
    let (file, name) = (code.as_ref().attr(names.co_filename.get(py))?, code.as_ref().attr(names.co_name.get(py))?);
    let number = entry.attr(names.tb_lineno.get(py))?;
    let text = format!("{}:{} in {}", file.as_ref().display(), number.as_ref().display(), name.as_ref().display());
    Ok((text, entry.attr(names.tb_next.get(py))?))
}
