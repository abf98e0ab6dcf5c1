//! For every Python from 3.12 on: the stable ABI, and Python itself where that does not reach.

use std::cell::Cell;
use std::ffi::CStr;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::OnceLock;

use pyo3::ffi;

use super::DeltaParts;
use crate::py::{Global, Obj, Ptr, Py, Raised, Ref, Result};

/// A new instance, by the type's own allocator.
///
/// # Safety
/// Attached; `class` is a heap type.
pub(crate) unsafe fn alloc(class: *mut ffi::PyTypeObject) -> Ptr {
    // SAFETY: by the caller's promise; the slot holds null or a function of this type.
    unsafe {
        let slot = ffi::PyType_GetSlot(class, ffi::Py_tp_alloc);
        let alloc = mem::transmute::<*mut std::ffi::c_void, Option<ffi::allocfunc>>(slot);
        alloc.unwrap_or(ffi::PyType_GenericAlloc)(class, 0)
    }
}

/// Frees the memory of an instance.
///
/// # Safety
/// Attached; `object` is a dead instance of `class`.
pub(crate) unsafe fn free(class: *mut ffi::PyTypeObject, object: Ptr) {
    // SAFETY: as for `alloc`.
    unsafe {
        let slot = ffi::PyType_GetSlot(class, ffi::Py_tp_free);
        if let Some(free) = mem::transmute::<*mut std::ffi::c_void, Option<ffi::freefunc>>(slot) {
            free(object.cast());
        }
    }
}

/// The name of the value's type, without its module.
pub(crate) fn type_name(value: Ref<'_>) -> String {
    // SAFETY: alive and attached.
    let name = unsafe { Obj::owned(value.py(), ffi::PyType_GetName(value.type_ptr())) };
    match name.and_then(|name| name.as_ref().utf8().map(str::to_owned)) {
        Ok(name) => name,
        Err(raised) => {
            raised.clear(value.py());
            "object".to_owned()
        }
    }
}

/// Whether the value's type has `__iter__`.
pub(crate) fn has_iter(value: Ref<'_>) -> bool {
    // SAFETY: alive, so its type is.
    unsafe { !ffi::PyType_GetSlot(value.type_ptr(), ffi::Py_tp_iter).is_null() }
}

/// A function or class of Python's own, looked up once.
struct Known(OnceLock<Global>, &'static CStr, &'static CStr);

impl Known {
    const fn new(module: &'static CStr, name: &'static CStr) -> Self {
        Self(OnceLock::new(), module, name)
    }

    fn get(&self, py: Py) -> Result<Ref<'static>> {
        if let Some(known) = self.0.get() {
            return Ok(known.get(py));
        }
        let found = py.import(self.1)?.as_ref().attr_str(self.2)?;
        Ok(self.0.get_or_init(|| found.forever()).get(py))
    }
}

static METHOD: Known = Known::new(c"types", c"MethodType");
static COPY_CONTEXT: Known = Known::new(c"contextvars", c"copy_context");
static GENERATOR: Known = Known::new(c"types", c"GeneratorType");
static TIMEDELTA: Known = Known::new(c"datetime", c"timedelta");
static DATETIME: Known = Known::new(c"datetime", c"datetime");
static TIMEZONE: Known = Known::new(c"datetime", c"timezone");

/// `function` bound to `this`.
pub(crate) fn bind_method(function: Ref<'_>, this: Ref<'_>) -> Result<Obj> {
    let py = function.py();
    py.call(METHOD.get(py)?, &[function, this])
}

/// A copy of the context of this thread.
pub(crate) fn current_context(py: Py) -> Result<Obj> {
    py.call(COPY_CONTEXT.get(py)?, &[])
}

/// Runs `body`, which leaves no error indicator, in `context`; as it is where that is in force already.
///
/// The stable ABI can enter a context only through its `run`, so the body goes there as a builtin.
pub(crate) fn in_context<R>(py: Py, context: Ref<'_>, body: impl FnOnce() -> R) -> R {
    static mut RUN: ffi::PyMethodDef = ffi::PyMethodDef {
        ml_name: c"_ponton_run".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: run_body },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: std::ptr::null(),
    };
    let mut body = Some(body);
    let mut done = None;
    let mut each = || {
        if let Some(body) = body.take() {
            done = Some(panic::catch_unwind(AssertUnwindSafe(body)));
        }
    };
    let mut each: &mut dyn FnMut() = &mut each;
    // SAFETY: attached; the capsule's pointer is valid for the call, and nobody else gets the function.
    let called = unsafe {
        let capsule = Obj::owned(py, ffi::PyCapsule_New((&raw mut each).cast(), std::ptr::null(), None));
        capsule.and_then(|capsule| {
            let run = ffi::PyCFunction_NewEx(&raw mut RUN, capsule.as_ptr(), std::ptr::null_mut());
            let run = Obj::owned(py, run)?;
            context.attr_str(c"run").and_then(|enter| py.call(enter.as_ref(), &[run.as_ref()]))
        })
    };
    if let Err(raised) = called {
        raised.clear(py);
    }
    match (done, body) {
        (Some(Ok(result)), _) => result,
        (Some(Err(payload)), _) => panic::resume_unwind(payload),
        (None, Some(body)) => body(),
        (None, None) => unreachable!("a body that was taken has run"),
    }
}

unsafe extern "C" fn run_body(capsule: Ptr, _: Ptr) -> Ptr {
    // SAFETY: the interpreter calls it attached, with the capsule of `in_context`, whose pointer is alive.
    unsafe {
        let body = ffi::PyCapsule_GetPointer(capsule, std::ptr::null()).cast::<&mut dyn FnMut()>();
        if !body.is_null() {
            (*body)();
        }
        Py::attached().none().into_ptr()
    }
}

/// Whether `await` may take the value: its type has `__await__`, or it is a generator, which may be marked as a coroutine.
pub(crate) fn may_await(value: Ref<'_>) -> Result<bool> {
    // SAFETY: alive, so its type is.
    let slot = unsafe { ffi::PyType_GetSlot(value.type_ptr(), ffi::Py_am_await) };
    Ok(!slot.is_null() || value.type_ptr() == GENERATOR.get(value.py())?.as_ptr().cast())
}

/// Whether the finalizer of an object was called.
pub(crate) struct Finalized(Cell<bool>);

impl Finalized {
    pub(crate) const fn no() -> Self {
        Self(Cell::new(false))
    }
}

/// Calls the finalizer of a type with cycle collection. False when the object came back to life, or is gone by now: the
/// deallocator that asks returns at once.
///
/// The stable ABI has no way to call a finalizer with a count of zero. So the object is brought to life for the call; if
/// nobody else has it then, letting it go calls the deallocator again, which finds the mark and frees it.
///
/// # Safety
/// From the deallocator of `object`, whose `tp_finalize` is `finalizer` and whose mark is `mark`.
pub(crate) unsafe fn finalize(object: Ptr, mark: *const Finalized, finalizer: ffi::destructor) -> bool {
    // SAFETY: by the caller's promise; the mark is not looked at after the call, which may free it.
    unsafe {
        if (*mark).0.replace(true) || ffi::PyObject_GC_IsFinalized(object) != 0 {
            return true;
        }
        ffi::Py_IncRef(object);
        finalizer(object);
        ffi::Py_DecRef(object);
    }
    false
}

/// An exception's fields are out of reach: each `StopIteration` is a new one.
pub(crate) fn reuse_stop(_: Py, _: Ref<'_>, _: &Obj) -> bool {
    false
}

/// As there is no spare, nothing is in it.
pub(crate) fn forget_stop(_: Py) {}

/// Where instances keep their slots is out of reach.
pub(crate) fn slots(_: Ref<'_>, _: &[Global]) -> Option<Box<[usize]>> {
    None
}

/// Whether it is a `timedelta`.
pub(crate) fn is_delta(value: Ref<'_>) -> Result<bool> {
    Ok(value.is_instance(TIMEDELTA.get(value.py())?))
}

/// Whether it is a `datetime`.
pub(crate) fn is_datetime(value: Ref<'_>) -> Result<bool> {
    Ok(value.is_instance(DATETIME.get(value.py())?))
}

/// The parts of a `timedelta`, which the caller has checked it to be.
pub(crate) fn delta_parts(delta: Ref<'_>) -> Result<DeltaParts> {
    let part = |name| {
        let part = delta.attr_str(name)?;
        // SAFETY: alive and attached; raises for what is no `int`, which a subclass may answer.
        let number = unsafe { ffi::PyLong_AsLong(part.as_ptr()) };
        // SAFETY: attached.
        Raised::unless(number != -1 || unsafe { ffi::PyErr_Occurred() }.is_null())?;
        // SAFETY: a static of the interpreter.
        let class = unsafe { ffi::PyExc_OverflowError };
        i32::try_from(number).map_err(|_| Raised::new(delta.py(), class, "a part of the timedelta is out of range"))
    };
    Ok((part(c"days")?, part(c"seconds")?, part(c"microseconds")?))
}

/// A `timedelta`. Too many days raise `OverflowError`.
pub(crate) fn new_delta(py: Py, (days, seconds, micros): DeltaParts) -> Result<Obj> {
    let [days, seconds, micros] = [py.int(days.into())?, py.int(seconds.into())?, py.int(micros.into())?];
    py.call(TIMEDELTA.get(py)?, &[days.as_ref(), seconds.as_ref(), micros.as_ref()])
}

/// 1970-01-01 00:00 UTC.
pub(crate) fn new_epoch(py: Py) -> Result<Obj> {
    let (class, utc) = (DATETIME.get(py)?, TIMEZONE.get(py)?.attr_str(c"utc")?);
    let from_timestamp = class.attr_str(c"fromtimestamp")?;
    py.call(from_timestamp.as_ref(), &[py.int(0)?.as_ref(), utc.as_ref()])
}
