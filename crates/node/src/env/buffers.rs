//! Bytes, in and out.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use napi_sys as sys;
use napi_sys::TypedarrayType;
use ponton_core::convert::Lent;
use ponton_js::engine::{detached, shared};

use super::{Env, Result, Value};

/// Below this a copy is cheaper than a buffer with a finalizer.
const COPY_BELOW: usize = 64 * 1024;

/// Bytes given away are freed when the loop turns, and no sooner. Above this much of them, what goes out is a copy, which the
/// collector frees at once: a loop of awaits that are all ready never lets the event loop turn.
const MOST_GIVEN: usize = 128 << 20;

impl Env {
    /// A copy.
    pub(crate) fn as_bytes(self, value: Value) -> Result<Option<Bytes>> {
        self.look(value, Bytes::copy_from_slice)
    }

    /// The bytes where they lie.
    ///
    /// # Safety
    /// No JavaScript runs on this thread as long as the result is used.
    pub(crate) unsafe fn lend(self, value: Value) -> Result<Option<Lent>> {
        // SAFETY: nobody but JavaScript on this thread writes to memory that is not shared, moves it or frees it.
        self.look(value, |bytes| unsafe { Lent::in_place(bytes.as_ptr(), bytes.len()) })
    }

    fn look<T>(self, value: Value, take: impl FnOnce(&[u8]) -> T) -> Result<Option<T>> {
        let is = |answer: Option<bool>| answer.unwrap_or(false);
        if is(fill!(self, napi_is_typedarray(value.0), false)) {
            let (mut kind, mut len, mut offset) = (0, 0, 0);
            let (mut data, mut buffer) = (ptr::null_mut(), ptr::null_mut());
            // SAFETY: as for `value!`; every out parameter has its room.
            let status = unsafe {
                sys::napi_get_typedarray_info(
                    self.0,
                    value.0,
                    &raw mut kind,
                    &raw mut len,
                    &raw mut data,
                    &raw mut buffer,
                    &raw mut offset,
                )
            };
            self.check(status)?;
            if !matches!(kind, TypedarrayType::uint8_array | TypedarrayType::uint8_clamped_array) {
                return Ok(None);
            }
            return self.look_at(Value(buffer), data, len, take).map(Some);
        }
        if is(fill!(self, napi_is_arraybuffer(value.0), false)) {
            let (mut data, mut len) = (ptr::null_mut(), 0);
            // SAFETY: as above.
            let status = unsafe { sys::napi_get_arraybuffer_info(self.0, value.0, &raw mut data, &raw mut len) };
            self.check(status)?;
            return self.look_at(value, data, len, take).map(Some);
        }
        if is(fill!(self, napi_is_dataview(value.0), false)) {
            let (mut len, mut offset) = (0, 0);
            let (mut data, mut buffer) = (ptr::null_mut(), ptr::null_mut());
            // SAFETY: as above.
            let status = unsafe {
                sys::napi_get_dataview_info(
                    self.0,
                    value.0,
                    &raw mut len,
                    &raw mut data,
                    &raw mut buffer,
                    &raw mut offset,
                )
            };
            self.check(status)?;
            return self.look_at(Value(buffer), data, len, take).map(Some);
        }
        Ok(None)
    }

    /// Takes `len` bytes at `data`, which lie in `buffer`. A view that its buffer was shrunk below is empty.
    fn look_at<T>(self, buffer: Value, data: *const c_void, len: usize, take: impl FnOnce(&[u8]) -> T) -> Result<T> {
        if !fill!(self, napi_is_arraybuffer(buffer.0), false).unwrap_or(false) {
            return Err(shared().into());
        }
        if fill!(self, napi_is_detached_arraybuffer(buffer.0), false).unwrap_or(false) {
            return Err(detached().into());
        }
        if len == 0 || data.is_null() {
            return Ok(take(&[]));
        }
        // SAFETY: Node says that `len` bytes lie there, and only this thread could change or free them.
        Ok(take(unsafe { std::slice::from_raw_parts(data.cast(), len) }))
    }

    pub(crate) fn bytes(self, bytes: Bytes) -> Result<Value> {
        let len = bytes.len();
        // What is too large for a buffer of Node's fails as a copy, in one way.
        let copies = len < COPY_BELOW
            || u32::try_from(len).is_err()
            || given_here().load(Ordering::Relaxed).saturating_add(len) > MOST_GIVEN.max(len);
        let buffer = if copies { self.copied(&bytes)? } else { self.given(bytes)? };
        value!(self, napi_create_typedarray(sys::TypedarrayType::uint8_array, len, buffer.0, 0))
    }

    fn copied(self, bytes: &[u8]) -> Result<Value> {
        let mut data = ptr::null_mut();
        let buffer = value!(self, napi_create_arraybuffer(bytes.len(), &raw mut data))?;
        if !bytes.is_empty() {
            // SAFETY: Node made room for that many bytes there.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast(), bytes.len()) };
        }
        Ok(buffer)
    }

    /// Gives the memory itself away, if it is nobody else's: JavaScript may write to it.
    fn given(self, bytes: Bytes) -> Result<Value> {
        let mut owned = match bytes.try_into_mut() {
            // Most of it would be kept for nothing, and the collector would not know.
            Ok(owned) if owned.capacity() / 2 > owned.len() => return self.copied(&owned),
            Ok(owned) => owned,
            Err(shared) => return self.copied(&shared),
        };
        let (data, len) = (owned.as_mut_ptr().cast(), owned.len());
        let leaked = Box::into_raw(Box::new(Given::new(owned)));
        let given = value!(self, napi_create_external_arraybuffer(data, len, Some(free), leaked.cast()));
        given.or_else(|_| {
            // Engines with a memory cage (Electron) refuse foreign memory.
            // SAFETY: the buffer was not made, so the box is still ours.
            let given = unsafe { Box::from_raw(leaked) };
            self.copied(&given.bytes)
        })
    }
}

thread_local! {
    /// How many bytes JavaScript has of ours on this thread.
    static GIVEN: Arc<AtomicUsize> = Arc::default();
}

fn given_here() -> Arc<AtomicUsize> {
    GIVEN.with(Arc::clone)
}

/// Bytes that JavaScript has. They are counted, and freed by its collector: Node's on the thread of their loop, Deno's anywhere.
struct Given {
    bytes: BytesMut,
    count: Arc<AtomicUsize>,
}

impl Given {
    fn new(bytes: BytesMut) -> Self {
        let count = given_here();
        count.fetch_add(bytes.len(), Ordering::Relaxed);
        Self { bytes, count }
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.count.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

unsafe extern "C" fn free(_: sys::napi_env, _: *mut c_void, given: *mut c_void) {
    // SAFETY: the box leaked by `given`; this is called once for each buffer.
    drop(unsafe { Box::from_raw(given.cast::<Given>()) });
}
