//! The Python type of [`Awaitable`](super::Awaitable).

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use pyo3::ffi;

use super::{Awaitable, Step, close, send, spare, start, stop_iteration, throw, value};
use crate::future::class::Suspended;
use crate::py::{Getter, Global, Instance, Obj, Ptr, Py, Raised, Ref, Result, TypeSpec, abi, guard};
use crate::state::state;
use crate::{exit, function, handle};

pub(crate) fn new(py: Py, package: &str) -> Result<Global> {
    let spec = TypeSpec {
        name: &format!("{package}.coroutine"),
        flags: ffi::Py_TPFLAGS_HAVE_GC | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION,
        slots: vec![
            (ffi::Py_tp_dealloc, dealloc as *mut c_void),
            (ffi::Py_tp_finalize, finalize as *mut c_void),
            (ffi::Py_tp_traverse, traverse as *mut c_void),
            (ffi::Py_tp_clear, clear as *mut c_void),
            (ffi::Py_tp_repr, repr as *mut c_void),
            (ffi::Py_tp_iter, iter as *mut c_void),
            (ffi::Py_am_await, iter as *mut c_void),
            (ffi::Py_tp_iternext, next as *mut c_void),
            (ffi::Py_am_send, am_send as *mut c_void),
            (
                ffi::Py_tp_doc,
                c"A call that starts when it is awaited. `start()` starts it now.".as_ptr().cast_mut().cast(),
            ),
        ],
        methods: vec![
            method(c"send", ffi::PyMethodDefPointer { PyCFunction: send_method }, ffi::METH_O),
            method(c"throw", ffi::PyMethodDefPointer { PyCFunction: throw_method }, ffi::METH_VARARGS),
            method(c"close", ffi::PyMethodDefPointer { PyCFunction: close_method }, ffi::METH_NOARGS),
            method(c"start", ffi::PyMethodDefPointer { PyCFunction: start_method }, ffi::METH_NOARGS),
        ],
        getters: ATTRIBUTES
            .iter()
            .enumerate()
            .map(|(tag, &name)| Getter { name, get: attribute, set: None, tag })
            .collect(),
        members: Vec::new(),
    };
    spec.build::<Awaitable>(py)
}

fn method(name: &'static CStr, ml_meth: ffi::PyMethodDefPointer, ml_flags: c_int) -> ffi::PyMethodDef {
    ffi::PyMethodDef { ml_name: name.as_ptr(), ml_meth, ml_flags, ml_doc: ptr::null() }
}

const ATTRIBUTES: [&CStr; 8] =
    [c"__name__", c"__qualname__", c"cr_await", c"cr_running", c"cr_suspended", c"cr_frame", c"cr_code", c"cr_origin"];

unsafe extern "C" fn attribute(this: Ptr, tag: *mut c_void) -> Ptr {
    // SAFETY: the interpreter calls getters attached, with a living instance.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    let held = value(this);
    let found = match tag.addr() {
        0 => py.str(function::value(held.function.as_ref()).desc.name.python),
        1 => py.str(function::value(held.function.as_ref()).qualname),
        2 => Ok(held.waits_for().unwrap_or_else(|| py.none())),
        3 => Ok(py.bool(held.is_running())),
        4 => Ok(py.bool(held.waits_for().is_some())),
        7 => Ok(held.origin.clone().unwrap_or_else(|| py.none())),
        // No Python frame or code runs in it.
        _ => Ok(py.none()),
    };
    found.map_or(ptr::null_mut(), Obj::into_ptr)
}

/// Where the caller is, if `sys.set_coroutine_origin_tracking_depth` asks to note it.
#[inline]
pub(crate) fn origin(py: Py) -> Result<Option<Obj>> {
    state(py).origin_depth.get(py)?.map(|depth| note_origin(py, depth.as_ref())).transpose()
}

#[cold]
fn note_origin(py: Py, depth: Ref<'_>) -> Result<Obj> {
    let note = state(py).support(py, c"origin")?;
    py.call(note.as_ref(), &[depth])
}

unsafe extern "C" fn iter(this: Ptr) -> Ptr {
    // SAFETY: the interpreter calls slots attached, with a living instance.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    match super::check_await(py, this) {
        Ok(()) => this.to_owned().into_ptr(),
        Err(Raised) => ptr::null_mut(),
    }
}

/// Answers as an iterator does.
#[inline]
fn as_iterator(py: Py, this: Ref<'_>, step: Result<Step>) -> Ptr {
    match step {
        Ok(Step::Return(value)) => {
            stop_iteration(py, this, &value);
            ptr::null_mut()
        }
        Ok(Step::Yield(future)) => future.into_ptr(),
        Err(Raised) => ptr::null_mut(),
    }
}

unsafe extern "C" fn next(this: Ptr) -> Ptr {
    // SAFETY: as for `iter`.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    guard(py, ptr::null_mut(), || as_iterator(py, this, send(py, this, None)))
}

unsafe extern "C" fn am_send(this: Ptr, sent: Ptr, result: *mut Ptr) -> ffi::PySendResult {
    // SAFETY: as for `iter`; `sent` is a living object, and `result` the caller's place for the answer.
    let (py, this, sent) = unsafe { (Py::attached(), Ref::new(this), Ref::new(sent)) };
    let failed = (ffi::PySendResult::PYGEN_ERROR, ptr::null_mut());
    let (answer, value) = guard(py, failed, || match send(py, this, Some(sent)) {
        Ok(Step::Return(value)) => (ffi::PySendResult::PYGEN_RETURN, value.into_ptr()),
        Ok(Step::Yield(future)) => (ffi::PySendResult::PYGEN_NEXT, future.into_ptr()),
        Err(Raised) => failed,
    });
    // SAFETY: as above.
    unsafe { *result = value };
    answer
}

/// Methods, other than slots, set `StopIteration` for `None` too, and show it to Python code.
fn as_method(py: Py, step: Result<Step>) -> Ptr {
    match step {
        Ok(Step::Return(value)) => {
            super::stop::set(py, &value);
            ptr::null_mut()
        }
        Ok(Step::Yield(future)) => future.into_ptr(),
        Err(Raised) => ptr::null_mut(),
    }
}

unsafe extern "C" fn send_method(this: Ptr, sent: Ptr) -> Ptr {
    // SAFETY: as for `am_send`.
    let (py, this, sent) = unsafe { (Py::attached(), Ref::new(this), Ref::new(sent)) };
    guard(py, ptr::null_mut(), || as_method(py, send(py, this, Some(sent))))
}

unsafe extern "C" fn throw_method(this: Ptr, args: Ptr) -> Ptr {
    // SAFETY: as for `iter`; `args` is a tuple.
    let (py, this, args) = unsafe { (Py::attached(), Ref::new(this), Ref::new(args)) };
    guard(py, ptr::null_mut(), || {
        let error = state(py).support(py, c"thrown").and_then(|thrown| {
            // SAFETY: attached; called with the tuple as the arguments.
            unsafe { Obj::owned(py, ffi::PyObject_CallObject(thrown.as_ptr(), args.as_ptr())) }
        });
        as_method(py, error.and_then(|error| throw(py, this, error)))
    })
}

unsafe extern "C" fn close_method(this: Ptr, _: Ptr) -> Ptr {
    // SAFETY: as for `iter`.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    guard(py, ptr::null_mut(), || close(py, this).map_or(ptr::null_mut(), |()| py.none().into_ptr()))
}

unsafe extern "C" fn start_method(this: Ptr, _: Ptr) -> Ptr {
    // SAFETY: as for `iter`.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    guard(py, ptr::null_mut(), || start(py, this).map_or(ptr::null_mut(), Obj::into_ptr))
}

unsafe extern "C" fn repr(this: Ptr) -> Ptr {
    // SAFETY: as for `iter`.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    let name = function::full_name(value(this).function.as_ref());
    py.str(&format!("<coroutine {name} at {:p}>", this.as_ptr())).map_or(ptr::null_mut(), Obj::into_ptr)
}

/// "was never awaited", told as `CPython` tells it of its own coroutines.
unsafe extern "C" fn finalize(this: Ptr) {
    // SAFETY: as for `iter`; finalizers run before anything is cleared.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    let held = value(this);
    if super::is_inherited(this) || !super::is_unused(held) || exit::is_exiting() {
        return;
    }
    let pending = Suspended::new(py);
    let told = state(py).support(py, c"never_awaited").and_then(|tell| {
        let name = py.str(&function::full_name(held.function.as_ref()))?;
        py.call(tell.as_ref(), &[this, name.as_ref()])
    });
    if let Err(raised) = told {
        raised.unraisable(Some(this));
    }
    drop(pending);
}

unsafe extern "C" fn traverse(this: Ptr, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the collector runs attached, on a living instance; objects are visited, not used.
    unsafe {
        match visit(ffi::Py_TYPE(this).cast(), arg) {
            0 => Instance::<Awaitable>::value(this).each(|object| visit(object, arg)),
            other => other,
        }
    }
}

unsafe extern "C" fn clear(this: Ptr) -> c_int {
    // SAFETY: as for `iter`.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    guard(py, (), || super::drop_pending(py, this));
    0
}

unsafe extern "C" fn dealloc(this: Ptr) {
    // SAFETY: the interpreter calls it attached, once, when nobody refers to the instance any more; the finalizer's call
    // may bring it back.
    unsafe {
        let (py, held) = (Py::attached(), value(Ref::new(this)));
        let unused = super::is_created(held);
        if unused && !Instance::<Awaitable>::finalize(this, finalize) {
            return;
        }
        let tracked = super::is_tracked(held);
        if tracked {
            ffi::PyObject_GC_UnTrack(this.cast());
            guard(py, (), || super::drop_pending(py, Ref::new(this)));
        }
        Instance::<Awaitable>::drop_value(this);
        abi::forget_stop(py);
        handle::release(py);
        // The collector remembers that it has called a finalizer, and would not call it again.
        if unused || tracked || !spare::give(py, this) {
            Instance::<Awaitable>::free(this);
        }
    }
}
