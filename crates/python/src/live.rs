//! `live()`: the calls in flight, for Python.

use std::ptr;

use ponton_core::task::live;
use pyo3::ffi;

use crate::py::{Obj, Ptr, Py, Raised, Result, guard};
use crate::state::state;
use crate::time;

/// The function that every module exports.
pub(crate) fn function(py: Py) -> Result<Obj> {
    static mut LIVE: ffi::PyMethodDef = ffi::PyMethodDef {
        ml_name: c"live".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: list },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: c"live()\n--\n\nThe calls that have suspended and not ended, the oldest first.".as_ptr(),
    };
    // SAFETY: attached; the definition is a static that nobody writes to.
    unsafe { Obj::owned(py, ffi::PyCFunction_NewEx(&raw mut LIVE, ptr::null_mut(), ptr::null_mut())) }
}

unsafe extern "C" fn list(_: Ptr, _: Ptr) -> Ptr {
    // SAFETY: the interpreter calls it attached.
    let py = unsafe { Py::attached() };
    guard(py, ptr::null_mut(), || made(py).map_or(ptr::null_mut(), Obj::into_ptr))
}

fn made(py: Py) -> Result<Obj> {
    let class = state(py).support(py, c"LiveCall")?;
    // SAFETY: attached.
    let all = unsafe { Obj::owned(py, ffi::PyList_New(0))? };
    for call in live() {
        let (name, age, state) = (py.str(call.name)?, time::write_duration(py, call.age), py.str(call.state.name())?);
        let age = age.map_err(|fault| fault.raise(py, "live()"))?;
        let call = py.call(class.as_ref(), &[name.as_ref(), age.as_ref(), state.as_ref()])?;
        // SAFETY: attached; a list.
        Raised::unless(unsafe { ffi::PyList_Append(all.as_ptr(), call.as_ptr()) } == 0)?;
    }
    Ok(all)
}
