//! What threads meet at: the standard library's, or, in the models of `make loom`, loom's.
//!
//! An ordinary build finds names of `std` and `crossbeam` here and nothing else.

#[cfg(not(all(test, loom)))]
pub(crate) use crossbeam_queue::SegQueue;
#[cfg(not(all(test, loom)))]
pub(crate) use std::{cell::UnsafeCell, sync::Condvar, sync::Mutex, sync::MutexGuard, sync::atomic, thread_local};

#[cfg(all(test, loom))]
pub(crate) use self::model::{SegQueue, UnsafeCell, atomic, thread_local};
#[cfg(all(test, loom))]
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};

#[cfg(all(test, loom))]
pub(crate) mod model {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use self::atomic::{AtomicUsize, Ordering};

    /// loom's atomics, each with a step before each use. For loom, loads do not depend on each other, and a thread's own load
    /// hides that of another from its next write: it would not try the orders in which these two come the other way round,
    /// and a load before a `compare_exchange` is all that the task's state machine is made of.
    pub(crate) mod atomic {
        pub(crate) use loom::sync::atomic::{Ordering, fence};

        macro_rules! stepped {
            ($($name:ident $value:ty;)*) => {$(
                #[derive(Debug, Default)]
                pub(crate) struct $name {
                    steps: loom::sync::atomic::AtomicUsize,
                    inner: loom::sync::atomic::$name,
                }

                #[allow(dead_code, reason = "one set for all of them")]
                impl $name {
                    pub(crate) fn new(value: $value) -> Self {
                        Self { steps: Default::default(), inner: loom::sync::atomic::$name::new(value) }
                    }

                    fn step(&self) -> &loom::sync::atomic::$name {
                        self.steps.fetch_add(1, Ordering::Relaxed);
                        &self.inner
                    }

                    pub(crate) fn load(&self, order: Ordering) -> $value {
                        self.step().load(order)
                    }

                    pub(crate) fn store(&self, value: $value, order: Ordering) {
                        self.step().store(value, order);
                    }

                    pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                        self.step().swap(value, order)
                    }

                    pub(crate) fn compare_exchange(
                        &self,
                        before: $value,
                        after: $value,
                        won: Ordering,
                        lost: Ordering,
                    ) -> Result<$value, $value> {
                        self.step().compare_exchange(before, after, won, lost)
                    }

                    pub(crate) fn fetch_update(
                        &self,
                        won: Ordering,
                        lost: Ordering,
                        mut change: impl FnMut($value) -> Option<$value>,
                    ) -> Result<$value, $value> {
                        let mut before = self.load(lost);
                        while let Some(after) = change(before) {
                            match self.compare_exchange(before, after, won, lost) {
                                Ok(before) => return Ok(before),
                                Err(newer) => before = newer,
                            }
                        }
                        Err(before)
                    }
                }
            )*};
        }

        stepped! {
            AtomicBool bool;
            AtomicU8 u8;
            AtomicUsize usize;
        }

        impl AtomicUsize {
            pub(crate) fn fetch_add(&self, value: usize, order: Ordering) -> usize {
                self.step().fetch_add(value, order)
            }

            pub(crate) fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
                self.step().fetch_sub(value, order)
            }
        }
    }

    /// Fails the model when nothing orders two of its uses.
    pub(crate) struct UnsafeCell<T> {
        uses: loom::cell::UnsafeCell<()>,
        turn: AtomicUsize,
        data: std::cell::UnsafeCell<T>,
    }

    impl<T> UnsafeCell<T> {
        pub(crate) fn new(data: T) -> Self {
            Self {
                uses: loom::cell::UnsafeCell::new(()),
                turn: AtomicUsize::new(0),
                data: std::cell::UnsafeCell::new(data),
            }
        }

        /// A use, which may write.
        pub(crate) fn get(&self) -> *mut T {
            // For loom, a use belongs to the step before it, which may have told others that it is over: make it a step.
            self.turn.fetch_add(1, Ordering::Relaxed);
            self.uses.with_mut(|_| ());
            self.data.get()
        }

        /// Whoever has it alone got it through the count of an `Arc`, which is not modelled.
        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.data.get_mut()
        }
    }

    /// crossbeam's queue as its users may rely on it: a push comes before the pop that gets its item, and that is all.
    /// `is_empty` and `len` may be late, and so may a pop that finds nothing.
    pub(crate) struct SegQueue<T> {
        head: AtomicUsize,
        tail: AtomicUsize,
        /// Never locked while another thread gets its turn.
        items: std::sync::Mutex<BTreeMap<usize, T>>,
    }

    impl<T> SegQueue<T> {
        pub(crate) fn new() -> Self {
            Self { head: AtomicUsize::new(0), tail: AtomicUsize::new(0), items: std::sync::Mutex::default() }
        }

        pub(crate) fn push(&self, item: T) {
            let place = self.tail.fetch_add(1, Ordering::AcqRel);
            self.items.lock().unwrap().insert(place, item);
        }

        pub(crate) fn pop(&self) -> Option<T> {
            let mut head = self.head.load(Ordering::Acquire);
            loop {
                if head >= self.tail.load(Ordering::Acquire) {
                    return None;
                }
                match self.head.compare_exchange(head, head + 1, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => return self.items.lock().unwrap().remove(&head),
                    Err(newer) => head = newer,
                }
            }
        }

        pub(crate) fn len(&self) -> usize {
            let tail = self.tail.load(Ordering::Acquire);
            tail.saturating_sub(self.head.load(Ordering::Acquire))
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.head.load(Ordering::Acquire) >= self.tail.load(Ordering::Acquire)
        }
    }

    /// A thread of the model's own value: all of its threads are one thread of the system.
    pub(crate) struct Local<T: 'static>(pub(crate) &'static loom::thread::LocalKey<T>);

    impl<T: Copy> Local<Cell<T>> {
        pub(crate) fn get(&'static self) -> T {
            self.0.with(Cell::get)
        }

        pub(crate) fn set(&'static self, value: T) {
            self.0.with(|cell| cell.set(value));
        }

        pub(crate) fn replace(&'static self, value: T) -> T {
            self.0.with(|cell| cell.replace(value))
        }
    }

    impl<T> Local<RefCell<T>> {
        pub(crate) fn with_borrow_mut<R>(&'static self, body: impl FnOnce(&mut T) -> R) -> R {
            self.0.with(|cell| body(&mut cell.borrow_mut()))
        }
    }

    macro_rules! local {
        ($(static $name:ident: $ty:ty = const { $init:expr };)*) => {$(
            static $name: $crate::sync::model::Local<$ty> = {
                ::loom::thread_local! { static INNER: $ty = $init; }
                $crate::sync::model::Local(&INNER)
            };
        )*};
    }
    pub(crate) use local as thread_local;
}
