//! The Python type of [`Drainer`](super::Drainer).

use std::ffi::{c_int, c_void};

use pyo3::ffi;

use super::{Drainer, end, future, value};
use crate::future::class::Suspended;
use crate::py::{Global, Instance, Ptr, Py, Ref, Result, TypeSpec, guard};

pub(crate) fn new(py: Py, package: &str) -> Result<Global> {
    let spec = TypeSpec {
        name: &format!("{package}.LoopQueue"),
        flags: ffi::Py_TPFLAGS_HAVE_GC | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION,
        slots: vec![
            (ffi::Py_tp_call, call as *mut c_void),
            (ffi::Py_tp_traverse, traverse as *mut c_void),
            (ffi::Py_tp_clear, clear as *mut c_void),
            (ffi::Py_tp_dealloc, dealloc as *mut c_void),
        ],
        methods: Vec::new(),
        getters: Vec::new(),
        members: Vec::new(),
    };
    spec.build::<Drainer>(py)
}

unsafe extern "C" fn call(this: Ptr, _: Ptr, _: Ptr) -> Ptr {
    // SAFETY: the interpreter calls slots attached, with a living instance.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    guard(py, std::ptr::null_mut(), || super::ring(py, this).map_or(std::ptr::null_mut(), |()| py.none().into_ptr()))
}

unsafe extern "C" fn traverse(this: Ptr, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the collector runs attached, on a living instance; the pointers are visited, not used. The list is not
    // being changed: nothing that changes it runs Python code while it does.
    unsafe {
        let held = Instance::<Drainer>::value(this);
        let answer = visit(ffi::Py_TYPE(this).cast(), arg);
        if answer != 0 {
            return answer;
        }
        for &pending in &*held.pending.0.as_ptr() {
            if future::is_kept(Ref::new(pending)) {
                let answer = visit(pending, arg);
                if answer != 0 {
                    return answer;
                }
            }
        }
        visit(held.event_loop.as_ptr(), arg)
    }
}

unsafe extern "C" fn clear(this: Ptr) -> c_int {
    // SAFETY: as for `call`.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    guard(py, (), || end(py, value(this)));
    0
}

unsafe extern "C" fn dealloc(this: Ptr) {
    // SAFETY: as for `call`; the count is zero, so the value is ours alone.
    unsafe {
        let py = Py::attached();
        ffi::PyObject_GC_UnTrack(this.cast());
        let pending = Suspended::new(py);
        guard(py, (), || end(py, Instance::<Drainer>::value(this)));
        drop(pending);
        Instance::<Drainer>::drop_value(this);
        Instance::<Drainer>::free(this);
    }
}
