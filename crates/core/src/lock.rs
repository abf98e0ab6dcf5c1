//! A lock and a cell that are plain ones where there is one thread: std's bring their checks, with texts, into every wasm
//! module.

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
    use std::cell::{OnceCell, RefCell, RefMut};

    /// Access to what is locked, until it is dropped.
    pub type Guard<'a, T> = RefMut<'a, T>;

    /// A value that one thread at a time may use.
    #[derive(Debug, Default)]
    pub struct Lock<T>(RefCell<T>);

    // SAFETY: without threads nothing is ever shared.
    unsafe impl<T> Sync for Lock<T> {}

    impl<T> Lock<T> {
        /// With `value`.
        pub const fn new(value: T) -> Self {
            Self(RefCell::new(value))
        }

        /// The value. Whoever locks it twice at once would wait for ever elsewhere, and panics here.
        pub fn lock(&self) -> Guard<'_, T> {
            self.0.borrow_mut()
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
