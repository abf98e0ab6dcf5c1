//! Forked children. A child has one thread of its parent's many, and a copy of everything else.
//!
//! Nothing here is a host's. Whoever keeps something that a child must not use notes [`generation`] beside it, and compares.

use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between this process and the one that loaded the library, as far as they were [watched](watch).
#[inline]
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Has the system tell of forks from now on, whoever makes them. A process that only starts another program (`vfork`,
/// `posix_spawn`) is none.
pub fn watch() {
    #[cfg(unix)]
    unix::watch();
}

#[cfg(unix)]
mod unix {
    use std::cell::UnsafeCell;
    use std::sync::Once;
    use std::sync::atomic::Ordering;

    use ponton_core::fork;

    use super::GENERATION;

    /// What is held still from before the fork until after it.
    struct Held(UnsafeCell<Option<fork::Held>>);

    // SAFETY: it is of whoever has the locks, which is whoever forks.
    unsafe impl Sync for Held {}

    static HELD: Held = Held(UnsafeCell::new(None));

    pub(super) fn watch() {
        static WATCHED: Once = Once::new();
        // SAFETY: the handlers are async-signal-safe: they take a lock, give it back, and count. Without memory for them
        // the call fails, and forks go unnoticed, as before.
        WATCHED.call_once(|| unsafe {
            libc::pthread_atfork(Some(prepare), Some(parent), Some(child));
        });
    }

    pub(super) unsafe extern "C" fn prepare() {
        let held = fork::hold();
        // SAFETY: see `Held`.
        unsafe { *HELD.0.get() = Some(held) };
    }

    pub(super) unsafe extern "C" fn parent() {
        // SAFETY: see `Held`; the guard is out of its place before it lets others in.
        drop(unsafe { (*HELD.0.get()).take() });
    }

    pub(super) unsafe extern "C" fn child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the child's only thread.
        if let Some(held) = unsafe { (*HELD.0.get()).take() } {
            held.forked();
        }
    }
}

/// A value that each process has of its own: a forked child starts without one, and leaks what it inherited, whose locks a
/// thread may hold that is not there.
#[derive(Debug)]
pub struct PerProcess<T> {
    first: OnceLock<T>,
    later: AtomicPtr<Later<T>>,
}

#[derive(Debug)]
struct Later<T> {
    generation: u32,
    value: OnceLock<T>,
}

impl<T> PerProcess<T> {
    /// Without a value yet.
    #[expect(clippy::new_without_default, reason = "these are statics")]
    pub const fn new() -> Self {
        Self { first: OnceLock::new(), later: AtomicPtr::new(ptr::null_mut()) }
    }

    /// This process's value, if there is one.
    #[inline]
    pub fn get(&'static self) -> Option<&'static T> {
        self.cell().get()
    }

    /// This process's value, which `make` makes if there is none.
    #[inline]
    pub fn get_or_init(&'static self, make: impl FnOnce() -> T) -> &'static T {
        self.cell().get_or_init(make)
    }

    #[inline]
    fn cell(&'static self) -> &'static OnceLock<T> {
        match generation() {
            0 => &self.first,
            generation => self.cell_of(generation),
        }
    }

    #[cold]
    fn cell_of(&'static self, generation: u32) -> &'static OnceLock<T> {
        loop {
            let known = self.later.load(Ordering::Acquire);
            // SAFETY: null, or leaked by this function.
            if let Some(later) = unsafe { known.as_ref() }
                && later.generation == generation
            {
                return &later.value;
            }
            let fresh = Box::into_raw(Box::new(Later { generation, value: OnceLock::new() }));
            if self.later.compare_exchange(known, fresh, Ordering::AcqRel, Ordering::Acquire).is_err() {
                // SAFETY: nobody else knows it.
                drop(unsafe { Box::from_raw(fresh) });
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
