//! `StopIteration(value)`: how a value reaches `await` from 3.12 on.

use pyo3::ffi;

use crate::py::{Obj, Py, Ref, abi};

/// Sets `StopIteration(value)`, as the iterator `this` does when it ends. Nothing at all means that the value is `None`.
#[inline]
pub(crate) fn stop_iteration(py: Py, this: Ref<'_>, value: &Obj) {
    if !value.as_ref().is_none() && !abi::reuse_stop(py, this, value) {
        set(py, value);
    }
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
