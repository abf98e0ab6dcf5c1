//! `StopIteration(value)`: how a value reaches `await` from 3.12 on.

use std::cell::Cell;
use std::ptr;

use pyo3::ffi;

use crate::py::{Obj, Ptr, Py, Ref};

/// One exception instance, used again and again: making one costs as much as the rest of a ready call.
struct Spare(Cell<Ptr>);

// SAFETY: only attached threads reach it (`reuse` takes the token), one at a time: this module does not declare that it
// can do without the global lock.
unsafe impl Sync for Spare {}

static SPARE: Spare = Spare(Cell::new(ptr::null_mut()));

/// Sets `StopIteration(value)`, as an iterator does when it ends. Nothing at all means that the value is `None`.
pub(crate) fn stop_iteration(py: Py, value: &Obj) {
    if value.as_ref().is_none() || (keeps_nothing_alive(value.as_ref()) && reuse(py, value)) {
        return;
    }
    set(py, value);
}

/// Sets a new `StopIteration(value)`.
pub(super) fn set(py: Py, value: &Obj) {
    // SAFETY: attached. A tuple or an exception as the value would be taken for the arguments or the exception itself,
    // so those get an instance of their own.
    unsafe {
        let special = ffi::PyTuple_Check(value.as_ptr()) != 0 || ffi::PyExceptionInstance_Check(value.as_ptr()) != 0;
        if special {
            if let Ok(stop) = py.call(Ref::new(ffi::PyExc_StopIteration), &[value.as_ref()]) {
                ffi::PyErr_SetObject(ffi::PyExc_StopIteration, stop.as_ptr());
            }
        } else {
            ffi::PyErr_SetObject(ffi::PyExc_StopIteration, value.as_ptr());
        }
    }
}

/// The spare keeps its last value until the next one: only plain numbers may stay so long.
fn keeps_nothing_alive(value: Ref<'_>) -> bool {
    // SAFETY: alive and attached.
    unsafe {
        ffi::PyLong_CheckExact(value.as_ptr()) != 0
            || ffi::PyFloat_CheckExact(value.as_ptr()) != 0
            || ffi::PyBool_Check(value.as_ptr()) != 0
    }
}

/// Raises the spare with `value`, if nobody else has it.
fn reuse(py: Py, value: &Obj) -> bool {
    // SAFETY: attached. The spare's layout is that of `StopIteration`; its fields are changed only while the reference
    // here is the only one, so nobody sees the change. What its last user left in it (a traceback, a context) disqualifies it.
    unsafe {
        let mut spare = SPARE.0.get();
        if spare.is_null() || ffi::Py_REFCNT(spare) != 1 || !is_clean(spare.cast()) {
            let Ok(fresh) = py.call(Ref::new(ffi::PyExc_StopIteration), &[]) else { return false };
            let old = SPARE.0.replace(fresh.into_ptr());
            drop(Obj::owned(py, old));
            spare = SPARE.0.get();
        }
        let stop = spare.cast::<ffi::PyStopIterationObject>();
        let old = std::mem::replace(&mut (*stop).value, value.clone().into_ptr());
        drop(Obj::owned(py, old));
        let class = Obj::borrowed(ffi::PyExc_StopIteration);
        #[allow(deprecated, reason = "the replacement is new in 3.12")]
        ffi::PyErr_Restore(class.into_ptr(), Obj::borrowed(spare).into_ptr(), ptr::null_mut());
        true
    }
}

unsafe fn is_clean(stop: *const ffi::PyStopIterationObject) -> bool {
    // SAFETY: by the caller's promise an instance of `StopIteration`.
    unsafe {
        (*stop).dict.is_null() && (*stop).traceback.is_null() && (*stop).context.is_null() && (*stop).cause.is_null()
    }
}
