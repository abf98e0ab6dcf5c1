//! Bytes coming in, and the release of those that Rust keeps.
//!
//! Immutable `bytes` come in without a copy: Rust holds a [`Handle`] to the object.

use std::ptr::NonNull;

use bytes::Bytes;
use pyo3::ffi;

use crate::handle::Handle;
use crate::py::{Raised, Ref, len};
use crate::read::{Result, expected};

/// Below this a copy costs less than the bookkeeping.
const COPY_BELOW: usize = 1024;

/// An owned `bytes` object that any thread may read, since it never changes.
struct Held {
    _object: Handle,
    data: NonNull<u8>,
    len: usize,
}

// SAFETY: `bytes` never change.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the object is alive and its data does not move or change.
        unsafe { std::slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }
}

/// Reads `bytes` or any other buffer.
pub(crate) fn read(value: Ref<'_>) -> Result<Bytes> {
    // SAFETY: alive and attached.
    if unsafe { ffi::PyBytes_Check(value.as_ptr()) } != 0 {
        return Ok(immutable(value));
    }
    // SAFETY: as above.
    if unsafe { ffi::PyObject_CheckBuffer(value.as_ptr()) } == 0 {
        return expected("a bytes-like object", value);
    }
    copy(value)
}

fn immutable(value: Ref<'_>) -> Bytes {
    // SAFETY: alive and attached, and `bytes`; its data lives as long as the object.
    unsafe {
        let data = ffi::PyBytes_AsString(value.as_ptr()).cast::<u8>();
        let len = ffi::PyBytes_Size(value.as_ptr()).unsigned_abs();
        if len < COPY_BELOW {
            return Bytes::copy_from_slice(std::slice::from_raw_parts(data, len));
        }
        let object = Handle::new(value.to_owned(), None);
        Bytes::from_owner(Held { _object: object, data: NonNull::new_unchecked(data), len })
    }
}

/// A buffer on loan. Given back on drop, on the thread that took it.
struct View(ffi::Py_buffer);

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: attached, since the view never leaves this module's function; taken once, given back once.
        unsafe { ffi::PyBuffer_Release(&raw mut self.0) }
    }
}

fn copy(value: Ref<'_>) -> Result<Bytes> {
    let mut view = ffi::Py_buffer::new();
    // SAFETY: attached; the view is released by `View`.
    Raised::unless(unsafe { ffi::PyObject_GetBuffer(value.as_ptr(), &raw mut view, ffi::PyBUF_FULL_RO) } == 0)?;
    let mut view = View(view);
    let mut data = vec![0_u8; view.0.len.unsigned_abs()];
    // SAFETY: attached; `data` has the room that the view needs, and `C` order flattens any shape.
    let copied = unsafe {
        #[allow(clippy::cast_possible_wrap, reason = "an ASCII letter, and a `char` is signed on some platforms")]
        ffi::PyBuffer_ToContiguous(data.as_mut_ptr().cast(), &raw mut view.0, len(data.len()), b'C' as std::ffi::c_char)
    };
    Raised::unless(copied == 0)?;
    Ok(Bytes::from(data))
}
