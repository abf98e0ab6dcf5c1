//! A lock and cells that are plain ones where there is one thread: std's bring their checks, with texts and what formats
//! them, into every wasm module.

use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A value of one thread, for one use at a time.
#[derive(Default)]
pub struct Own<T> {
    is_used: Cell<bool>,
    value: UnsafeCell<T>,
}

/// The use of an [`Own`] value, until it is dropped.
pub struct Use<'a, T>(&'a Own<T>);

impl<T> Own<T> {
    /// With `value`.
    pub const fn new(value: T) -> Self {
        Self { is_used: Cell::new(false), value: UnsafeCell::new(value) }
    }

    /// The value.
    ///
    /// # Panics
    /// When it is in use.
    pub fn get(&self) -> Use<'_, T> {
        assert!(!self.is_used.replace(true), "a value is used within its own use");
        Use(self)
    }
}

impl<T> Drop for Use<'_, T> {
    fn drop(&mut self) {
        self.0.is_used.set(false);
    }
}

impl<T> Deref for Use<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this is the only `Use` there is.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Use<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> fmt::Debug for Own<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Own")
    }
}

impl<T> fmt::Debug for Use<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Use")
    }
}

#[cfg(any(not(target_arch = "wasm32"), target_feature = "atomics"))]
mod imp {
    pub use std::sync::OnceLock as Once;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// Access to what is locked, until it is dropped.
    pub type Guard<'a, T> = MutexGuard<'a, T>;

    /// A value that one thread at a time may use. A panic poisons nothing.
    #[derive(Debug, Default)]
    pub struct Lock<T>(Mutex<T>);

    impl<T> Lock<T> {
        /// With `value`.
        pub const fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        /// Waits for the value.
        pub fn lock(&self) -> Guard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
mod imp {
    use std::cell::OnceCell;

    use super::Own;

    /// Access to what is locked, until it is dropped.
    pub type Guard<'a, T> = super::Use<'a, T>;

    /// A value that one thread at a time may use.
    #[derive(Debug, Default)]
    pub struct Lock<T>(Own<T>);

    // SAFETY: without threads nothing is ever shared.
    unsafe impl<T> Sync for Lock<T> {}

    impl<T> Lock<T> {
        /// With `value`.
        pub const fn new(value: T) -> Self {
            Self(Own::new(value))
        }

        /// The value. Whoever locks it twice at once would wait for ever elsewhere, and panics here.
        pub fn lock(&self) -> Guard<'_, T> {
            self.0.get()
        }
    }

    /// A value that is made once.
    #[derive(Debug, Default)]
    pub struct Once<T>(OnceCell<T>);

    // SAFETY: as above.
    unsafe impl<T> Sync for Once<T> {}

    impl<T> Once<T> {
        /// Without a value yet.
        pub const fn new() -> Self {
            Self(OnceCell::new())
        }

        /// The value, if there is one.
        pub fn get(&self) -> Option<&T> {
            self.0.get()
        }

        /// The value, which `make` makes if there is none.
        pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
            self.0.get_or_init(make)
        }

        /// Makes it `value`; gives that back if there is one already.
        ///
        /// # Errors
        /// When there is one.
        pub fn set(&self, value: T) -> Result<(), T> {
            self.0.set(value)
        }
    }
}

pub use imp::{Guard, Lock, Once};
