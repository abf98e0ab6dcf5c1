//! Bytes coming in, and the release of those that Rust keeps.
//!
//! Immutable `bytes` come in without a copy: Rust holds a [`Handle`] to the object. When Rust gives them back as they came,
//! that object goes out again.

use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use pyo3::ffi;

use crate::fork::PerProcess;
use crate::handle::Handle;
use crate::py::{Obj, Ptr, Py, Raised, Ref, len};
use crate::read::{Result, expected};

/// Below this a copy costs less than the bookkeeping.
const COPY_BELOW: usize = 1024;

/// Below this a copy costs less than finding the object again.
const FIND_FROM: usize = 16 * 1024;

/// The objects that are held and can be found again, by where their bytes lie, and how often each is held.
static FINDABLE: PerProcess<Mutex<HashMap<usize, (Object, usize)>>> = PerProcess::new();

fn findable() -> MutexGuard<'static, HashMap<usize, (Object, usize)>> {
    FINDABLE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

struct Object(Ptr);

// SAFETY: only an attached thread uses the pointer.
unsafe impl Send for Object {}

/// An owned `bytes` object that any thread may read, since it never changes.
struct Held {
    _object: Handle,
    data: NonNull<u8>,
    len: usize,
    is_findable: bool,
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

impl Drop for Held {
    fn drop(&mut self) {
        if !self.is_findable {
            return;
        }
        let mut findable = findable();
        let place = self.data.addr().get();
        if let Some((_, count)) = findable.get_mut(&place) {
            *count -= 1;
            if *count == 0 {
                findable.remove(&place);
            }
        }
    }
}

/// The object that `bytes` are the whole of.
pub(crate) fn find(_: Py, bytes: &Bytes) -> Option<Obj> {
    if bytes.len() < FIND_FROM {
        return None;
    }
    let findable = findable();
    let (object, _) = findable.get(&bytes.as_ptr().addr())?;
    // SAFETY: attached; the object lives as long as somebody holds it, who would have to take the lock first to let go.
    let object = unsafe { Obj::borrowed(object.0) };
    // SAFETY: attached, and `bytes`.
    let is_whole = unsafe { ffi::PyBytes_Size(object.as_ptr()) }.unsigned_abs() == bytes.len();
    drop(findable);
    is_whole.then_some(object)
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
        // What goes out is `bytes`, so a subclass stays in.
        let is_findable = len >= FIND_FROM && ffi::PyBytes_CheckExact(value.as_ptr()) != 0;
        if is_findable {
            findable().entry(data.addr()).or_insert((Object(value.as_ptr()), 0)).1 += 1;
        }
        Bytes::from_owner(Held { _object: object, data: NonNull::new_unchecked(data), len, is_findable })
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
    let size = view.0.len.unsigned_abs();
    let mut data = Vec::<u8>::with_capacity(size);
    // SAFETY: attached; `data` has the room that the view needs, and `C` order flattens any shape.
    let copied = unsafe {
        #[allow(clippy::cast_possible_wrap, reason = "an ASCII letter, and a `char` is signed on some platforms")]
        ffi::PyBuffer_ToContiguous(data.as_mut_ptr().cast(), &raw mut view.0, len(size), b'C' as std::ffi::c_char)
    };
    Raised::unless(copied == 0)?;
    // SAFETY: all of it was written.
    unsafe { data.set_len(size) };
    Ok(Bytes::from(data))
}
