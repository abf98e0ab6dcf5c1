//! Bytes that a plain function looks at where they lie.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

use super::{Bridged, FromHost, Reader};
use crate::desc::TypeDesc;

/// What a parameter of a plain function that is written `&[u8]` is read as: the host's own memory, if nobody can write to it before the
/// function returns, else a copy.
///
/// The glue reads it after every other argument and lets it go when the function returns. It stays on its thread.
pub struct Lent(Inner);

enum Inner {
    InPlace(*const u8, usize),
    Owned(Bytes),
}

impl Lent {
    /// The host's own memory.
    ///
    /// # Safety
    /// `len` bytes lie at `data`, which is not null, and nobody writes to them or frees them before the plain call that
    /// reads its arguments returns.
    pub const unsafe fn in_place(data: *const u8, len: usize) -> Self {
        Self(Inner::InPlace(data, len))
    }
}

impl From<Bytes> for Lent {
    fn from(bytes: Bytes) -> Self {
        Self(Inner::Owned(bytes))
    }
}

impl Deref for Lent {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            // SAFETY: by the promise of `in_place`; the glue keeps no `Lent` longer.
            Inner::InPlace(data, len) => unsafe { std::slice::from_raw_parts(*data, *len) },
            Inner::Owned(bytes) => bytes,
        }
    }
}

impl Bridged for Lent {
    const TYPE: TypeDesc = TypeDesc::Bytes;
}

impl FromHost for Lent {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        value.lent_bytes()
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lent").field(&&**self).finish()
    }
}
