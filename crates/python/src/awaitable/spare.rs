//! A few dead awaitables, kept to be used again: a ready call costs little else than making and freeing one.

use std::cell::UnsafeCell;

use pyo3::ffi;

use crate::py::{Ptr, Py};

const ROOM: usize = 64;

struct Spares(UnsafeCell<(usize, [Ptr; ROOM])>);

// SAFETY: only attached threads reach it (the functions take the token), one at a time: this module does not declare
// that it can do without the global lock.
unsafe impl Sync for Spares {}

static SPARES: Spares = Spares(UnsafeCell::new((0, [std::ptr::null_mut(); ROOM])));

/// The memory of an awaitable, with a fresh header of `class`, untracked.
pub(super) fn take(_: Py, class: *mut ffi::PyTypeObject) -> Option<Ptr> {
    // SAFETY: see `Spares`; nothing here runs Python code.
    unsafe {
        let (count, spares) = &mut *SPARES.0.get();
        *count = count.checked_sub(1)?;
        // Counts the reference to the type, as the allocator does.
        Some(ffi::PyObject_Init(spares[*count], class))
    }
}

/// Keeps the memory of a dead awaitable, if there is room. Its finalizer has not run, it is untracked, and its value is
/// dropped.
///
/// # Safety
/// As said, and nobody refers to it.
pub(super) unsafe fn give(_: Py, object: Ptr) -> bool {
    // SAFETY: see `Spares`; the instance's reference to its type goes, and the type lives as long as the process.
    unsafe {
        let (count, spares) = &mut *SPARES.0.get();
        if *count == ROOM {
            return false;
        }
        spares[*count] = object;
        *count += 1;
        ffi::Py_DECREF(ffi::Py_TYPE(object).cast());
        true
    }
}
