//! Python's error indicator as a Rust error.

use std::ffi::CString;

use pyo3::ffi;

use super::{Obj, Ptr, Py, Ref};

/// The error indicator of this thread is set.
#[derive(Debug)]
#[must_use = "the error indicator is set: return null, or clear it"]
pub(crate) struct Raised;

pub(crate) type Result<T, E = Raised> = std::result::Result<T, E>;

#[expect(clippy::unused_self, reason = "a token: having it is the proof")]
impl Raised {
    pub(crate) fn unless(good: bool) -> Result<()> {
        if good { Ok(()) } else { Err(Self) }
    }

    /// Raises `class(message)`.
    pub(crate) fn new(_: Py, class: Ptr, message: &str) -> Self {
        let text = CString::new(message.replace('\0', "\\0")).unwrap_or_default();
        // SAFETY: attached; every caller passes an exception class.
        unsafe { ffi::PyErr_SetString(class, text.as_ptr()) };
        Self
    }

    pub(crate) fn type_error(py: Py, message: &str) -> Self {
        // SAFETY: a static of the interpreter.
        Self::new(py, unsafe { ffi::PyExc_TypeError }, message)
    }

    pub(crate) fn runtime_error(py: Py, message: &str) -> Self {
        // SAFETY: a static of the interpreter.
        Self::new(py, unsafe { ffi::PyExc_RuntimeError }, message)
    }

    /// Raises the exception instance `error`.
    pub(crate) fn instance(error: Ref<'_>) -> Self {
        // SAFETY: attached, since a `Ref` exists; the instance's type is its class.
        unsafe { ffi::PyErr_SetObject(error.type_ptr().cast(), error.as_ptr()) };
        Self
    }

    /// Whether it is an instance of `class`.
    pub(crate) fn is(&self, _: Py, class: Ptr) -> bool {
        // SAFETY: attached; the indicator is set.
        unsafe { ffi::PyErr_ExceptionMatches(class) != 0 }
    }

    /// Forgets the error.
    pub(crate) fn clear(self, _: Py) {
        // SAFETY: attached.
        unsafe { ffi::PyErr_Clear() }
    }

    /// Reports the error through `sys.unraisablehook`.
    pub(crate) fn unraisable(self, context: Option<Ref<'_>>) {
        // SAFETY: attached, since the error exists; null is allowed.
        unsafe { ffi::PyErr_WriteUnraisable(context.map_or(std::ptr::null_mut(), Ref::as_ptr)) }
    }

    /// Takes the exception instance out of the indicator.
    pub(crate) fn take(self, py: Py) -> Obj {
        // SAFETY: attached; the indicator is set, and fetching hands over its references.
        unsafe {
            let (mut class, mut value, mut traceback) =
                (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
            #[allow(deprecated, reason = "the replacement is new in 3.12")]
            {
                ffi::PyErr_Fetch(&raw mut class, &raw mut value, &raw mut traceback);
                ffi::PyErr_NormalizeException(&raw mut class, &raw mut value, &raw mut traceback);
            }
            if !traceback.is_null() {
                ffi::PyException_SetTraceback(value, traceback);
                ffi::Py_DECREF(traceback);
            }
            if !class.is_null() {
                ffi::Py_DECREF(class);
            }
            Obj::owned(py, value).unwrap_or_else(|_| py.none())
        }
    }
}
