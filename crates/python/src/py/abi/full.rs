//! For one version of Python: its structures are known.

use std::cell::Cell;
use std::ffi::CStr;
use std::ptr;

use pyo3::ffi;

use super::DeltaParts;
use crate::py::{Global, Obj, Ptr, Py, Raised, Ref, Result};

unsafe extern "C" {
    /// Not declared by pyo3.
    fn PyMethod_New(function: Ptr, this: Ptr) -> Ptr;
}

/// A new instance, by the type's own allocator.
///
/// # Safety
/// Attached; `class` is a heap type.
#[inline]
pub(crate) unsafe fn alloc(class: *mut ffi::PyTypeObject) -> Ptr {
    // SAFETY: by the caller's promise; the slot is that of a type that is ready.
    unsafe { (*class).tp_alloc.unwrap_or(ffi::PyType_GenericAlloc)(class, 0) }
}

/// Frees the memory of an instance.
///
/// # Safety
/// Attached; `object` is a dead instance of `class`.
#[inline]
pub(crate) unsafe fn free(class: *mut ffi::PyTypeObject, object: Ptr) {
    // SAFETY: by the caller's promise; as for `alloc`.
    unsafe {
        if let Some(free) = (*class).tp_free {
            free(object.cast());
        }
    }
}

/// The name of the value's type, without its module.
pub(crate) fn type_name(value: Ref<'_>) -> String {
    // SAFETY: a type's `tp_name` is a C string that lives as long as the type.
    let full = unsafe { CStr::from_ptr((*value.type_ptr()).tp_name) }.to_string_lossy();
    full.rsplit('.').next().unwrap_or(&full).to_owned()
}

/// Whether the value's type has `__iter__`.
pub(crate) fn has_iter(value: Ref<'_>) -> bool {
    // SAFETY: alive, so its type is.
    unsafe { (*value.type_ptr()).tp_iter.is_some() }
}

/// `function` bound to `this`.
pub(crate) fn bind_method(function: Ref<'_>, this: Ref<'_>) -> Result<Obj> {
    // SAFETY: alive and attached.
    unsafe { Obj::owned(function.py(), PyMethod_New(function.as_ptr(), this.as_ptr())) }
}

/// A copy of the context of this thread.
pub(crate) fn current_context(py: Py) -> Result<Obj> {
    // SAFETY: attached.
    unsafe { Obj::owned(py, ffi::PyContext_CopyCurrent()) }
}

/// Runs `body`, which leaves no error indicator, in `context`; as it is where that is in force already.
pub(crate) fn in_context<R>(py: Py, context: Ref<'_>, body: impl FnOnce() -> R) -> R {
    struct Exit<'a>(Ref<'a>);
    impl Drop for Exit<'_> {
        fn drop(&mut self) {
            // SAFETY: attached; the context was entered on this thread, and what was entered after it was left.
            if unsafe { ffi::PyContext_Exit(self.0.as_ptr()) } < 0 {
                Raised.unraisable(Some(self.0));
            }
        }
    }
    // SAFETY: attached; a context.
    if unsafe { ffi::PyContext_Enter(context.as_ptr()) } < 0 {
        Raised.clear(py);
        return body();
    }
    let _exit = Exit(context);
    body()
}

/// Whether `await` may take the value: its type has `__await__`, or it is a generator, which may be marked as a coroutine.
#[expect(clippy::unnecessary_wraps, reason = "asking Python can fail")]
pub(crate) fn may_await(value: Ref<'_>) -> Result<bool> {
    // SAFETY: alive, so its type is.
    unsafe {
        let class = value.type_ptr();
        let slots = (*class).tp_as_async;
        Ok((!slots.is_null() && (*slots).am_await.is_some()) || class == &raw mut ffi::PyGen_Type)
    }
}

/// The collector notes which objects it has finalized.
pub(crate) struct Finalized;

impl Finalized {
    pub(crate) const fn no() -> Self {
        Self
    }
}

/// Calls the finalizer of a type with cycle collection. False when the object came back to life.
///
/// # Safety
/// From the deallocator of `object`, whose `tp_finalize` is `_finalizer`.
pub(crate) unsafe fn finalize(object: Ptr, _: *const Finalized, _finalizer: ffi::destructor) -> bool {
    // SAFETY: by the caller's promise.
    unsafe { ffi::PyObject_CallFinalizerFromDealloc(object) >= 0 }
}

/// One exception instance, used again and again: making one costs as much as the rest of a ready call.
struct Spare {
    stop: Cell<Ptr>,
    /// Whether it has a value that must not outlive the iterator that left it there.
    lent: Cell<bool>,
}

// SAFETY: only attached threads reach it (the functions take the token), one at a time: this module does not declare that
// it can do without the global lock.
unsafe impl Sync for Spare {}

static SPARE: Spare = Spare { stop: Cell::new(ptr::null_mut()), lent: Cell::new(false) };

/// Raises the spare `StopIteration` with `value`, for the iterator `this`. Only its `args`, which stay empty, tell it from a new
/// one; `await` and asyncio look at `value`.
///
/// It keeps the value until `this` goes, or the next one comes. That is no longer than a new exception would where the
/// caller alone has `this`: an `await` lets go of it once it has the value. Of plain numbers nobody can tell.
pub(crate) fn reuse_stop(py: Py, this: Ref<'_>, value: &Obj) -> bool {
    let is_number = is_plain_number(value.as_ref());
    // SAFETY: alive.
    if !is_number && unsafe { ffi::Py_REFCNT(this.as_ptr()) } != 1 {
        return false;
    }
    let Some(stop) = spare_stop(py) else { return false };
    SPARE.lent.set(!is_number);
    // SAFETY: attached. The spare's layout is that of `StopIteration`. Its field is changed while nobody else knows of the
    // exception, and with the reference that we have, nobody else takes it for the spare while the old value goes.
    unsafe {
        let place = &raw mut (*stop.as_ptr().cast::<ffi::PyStopIterationObject>()).value;
        drop(Obj::owned(py, place.replace(value.clone().into_ptr())));
        let class = Obj::borrowed(ffi::PyExc_StopIteration);
        #[allow(deprecated, reason = "the replacement is new in 3.12")]
        ffi::PyErr_Restore(class.into_ptr(), stop.into_ptr(), ptr::null_mut());
    }
    true
}

/// A second reference to a spare that nobody else has, as new.
#[inline]
fn spare_stop(py: Py) -> Option<Obj> {
    let spare = SPARE.stop.get();
    // SAFETY: the spare is alive. What its last user left in it (a traceback, a context) disqualifies it.
    unsafe {
        if !spare.is_null() && ffi::Py_REFCNT(spare) == 1 && is_clean(spare.cast()) {
            return Some(Obj::borrowed(spare));
        }
    }
    // SAFETY: attached; a static of the interpreter.
    let fresh = py.call(unsafe { Ref::new(ffi::PyExc_StopIteration) }, &[]);
    let fresh = fresh.map_err(|raised| raised.clear(py)).ok()?;
    let old = SPARE.stop.replace(fresh.clone().into_ptr());
    // SAFETY: the reference was ours; null at first.
    drop(unsafe { Obj::owned(py, old) });
    Some(fresh)
}

/// An iterator goes, and with it what it may have left in the spare.
#[inline]
pub(crate) fn forget_stop(py: Py) {
    if SPARE.lent.get() {
        forget_lent(py);
    }
}

fn forget_lent(py: Py) {
    SPARE.lent.set(false);
    // SAFETY: attached; as for `reuse_stop`. While the exception is still on its way, it goes to whoever gets it.
    unsafe {
        let spare = SPARE.stop.get();
        let old = if ffi::Py_REFCNT(spare) == 1 {
            let stop = spare.cast::<ffi::PyStopIterationObject>();
            std::mem::replace(&mut (*stop).value, py.none().into_ptr())
        } else {
            SPARE.stop.replace(ptr::null_mut())
        };
        drop(Obj::owned(py, old));
    }
}

fn is_plain_number(value: Ref<'_>) -> bool {
    // SAFETY: alive and attached.
    unsafe {
        ffi::PyLong_CheckExact(value.as_ptr()) != 0
            || ffi::PyFloat_CheckExact(value.as_ptr()) != 0
            || ffi::PyBool_Check(value.as_ptr()) != 0
    }
}

unsafe fn is_clean(stop: *const ffi::PyStopIterationObject) -> bool {
    // SAFETY: by the caller's promise an instance of `StopIteration`.
    unsafe {
        (*stop).dict.is_null() && (*stop).traceback.is_null() && (*stop).context.is_null() && (*stop).cause.is_null()
    }
}

/// Where instances of `class` keep the attributes `names`, if each is a slot of theirs.
pub(crate) fn slots(class: Ref<'_>, names: &[Global]) -> Option<Box<[usize]>> {
    names.iter().map(|name| slot(class, name.get(class.py()))).collect()
}

fn slot(class: Ref<'_>, name: Ref<'_>) -> Option<usize> {
    let found = match class.attr(name) {
        Ok(found) => found,
        Err(raised) => {
            raised.clear(class.py());
            return None;
        }
    };
    // SAFETY: alive and attached; the type of the descriptor says what it is made of, and that of an instance what it has.
    unsafe {
        if ffi::Py_TYPE(found.as_ptr()) != &raw mut ffi::PyMemberDescr_Type {
            return None;
        }
        let descriptor = found.as_ptr().cast::<ffi::PyMemberDescrObject>();
        let member = (*descriptor).d_member.cast::<ffi::PyMemberDef>();
        let owner = (*descriptor).d_common.d_type;
        let declared = ffi::PyType_IsSubtype(class.as_ptr().cast(), owner) != 0;
        (declared && (*member).type_code == ffi::Py_T_OBJECT_EX).then(|| (*member).offset.unsigned_abs())
    }
}

/// Python's datetime, imported once.
fn datetime(_: Py) -> Result<&'static ffi::PyDateTime_CAPI> {
    // SAFETY: attached; what it points to lives as long as the interpreter.
    unsafe {
        if ffi::PyDateTimeAPI().is_null() {
            ffi::PyDateTime_IMPORT();
        }
        ffi::PyDateTimeAPI().as_ref().ok_or(Raised)
    }
}

/// Whether it is a `timedelta`.
pub(crate) fn is_delta(value: Ref<'_>) -> Result<bool> {
    datetime(value.py())?;
    // SAFETY: alive and attached; the API is there.
    Ok(unsafe { ffi::PyDelta_Check(value.as_ptr()) } != 0)
}

/// Whether it is a `datetime`.
pub(crate) fn is_datetime(value: Ref<'_>) -> Result<bool> {
    datetime(value.py())?;
    // SAFETY: as above.
    Ok(unsafe { ffi::PyDateTime_Check(value.as_ptr()) } != 0)
}

/// The parts of a `timedelta`, which the caller has checked it to be.
#[expect(clippy::unnecessary_wraps, reason = "asking Python for them can fail")]
pub(crate) fn delta_parts(delta: Ref<'_>) -> Result<DeltaParts> {
    let delta = delta.as_ptr();
    // SAFETY: alive and attached, and a `timedelta`.
    Ok(unsafe {
        (
            ffi::PyDateTime_DELTA_GET_DAYS(delta),
            ffi::PyDateTime_DELTA_GET_SECONDS(delta),
            ffi::PyDateTime_DELTA_GET_MICROSECONDS(delta),
        )
    })
}

/// A `timedelta`. Too many days raise `OverflowError`.
pub(crate) fn new_delta(py: Py, (days, seconds, micros): DeltaParts) -> Result<Obj> {
    datetime(py)?;
    // SAFETY: attached; the API is there.
    unsafe { Obj::owned(py, ffi::PyDelta_FromDSU(days, seconds, micros)) }
}

/// 1970-01-01 00:00 UTC.
pub(crate) fn new_epoch(py: Py) -> Result<Obj> {
    let api = datetime(py)?;
    // SAFETY: attached; the API is there, and its UTC lives as long as the interpreter.
    unsafe {
        let utc = ffi::PyDateTime_TimeZone_UTC();
        Obj::owned(py, (api.DateTime_FromDateAndTime)(1970, 1, 1, 0, 0, 0, 0, utc, api.DateTimeType))
    }
}
