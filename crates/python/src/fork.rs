//! What a forked child inherits and must leave alone.
//!
//! A future, an object, a loop of the parent's is known by the number of its process, which [`Instance`] notes. The child
//! raises `ForkedError` where one is used, and neither polls nor drops it: a socket that is dropped would leave the `epoll`
//! set that parent and child share, and the parent would never hear of it again.
//!
//! [`Instance`]: crate::py::Instance

use std::ptr;

pub(crate) use ponton_native::fork::{PerProcess, generation};
use pyo3::ffi;

use crate::py::{Obj, Ptr, Py, Raised, Result, guard};
use crate::state::state;
use crate::{asyncio, exit, handle};

/// `ForkedError`, raised.
#[cold]
pub(crate) fn error(py: Py, message: &str) -> Raised {
    Raised::new(py, state(py).forked_error.as_ptr(), message)
}

/// Has the system count forks, and the interpreter call us in a child that it made.
pub(crate) fn register(py: Py) -> Result<()> {
    static mut AFTER: ffi::PyMethodDef = ffi::PyMethodDef {
        ml_name: c"_ponton_forked".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: after },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: ptr::null(),
    };
    ponton_native::fork::watch();
    let Ok(register) = py.import(c"os")?.as_ref().attr_str(c"register_at_fork").map_err(|raised| raised.clear(py))
    else {
        return Ok(()); // nothing forks here
    };
    // SAFETY: attached; the definition is a static that nobody writes to.
    let hook = unsafe { Obj::owned(py, ffi::PyCFunction_NewEx(&raw mut AFTER, ptr::null_mut(), ptr::null_mut()))? };
    let keyword = py.tuple([py.str("after_in_child")?])?;
    py.call_with(register.as_ref(), &[hook.as_ref()], keyword.as_ref()).map(drop)
}

/// In a child, before any other Python code. Forks that Python does not make go without: there, what already waits in an
/// inherited loop waits for ever.
unsafe extern "C" fn after(_: Ptr, _: Ptr) -> Ptr {
    // SAFETY: the interpreter calls it attached.
    let py = unsafe { Py::attached() };
    exit::forget_others();
    handle::forget_others(py);
    guard(py, (), || asyncio::disown_all(py));
    py.none().into_ptr()
}
