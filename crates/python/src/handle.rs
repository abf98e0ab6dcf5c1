//! Objects of Python's that Rust keeps.
//!
//! Whoever drops one last may be a worker, which never attaches. So the reference goes to the loop that the object came
//! from, or into a list, which threads empty before they return to Python.

use std::cell::RefCell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crossbeam_queue::SegQueue;
use pyo3::ffi;

use crate::asyncio::{self, Item, LoopShared};
use crate::fork::PerProcess;
use crate::future::class::Suspended;
use crate::py::{Obj, Ptr, Py, Ref};

/// A reference that nobody needs any more.
pub(crate) struct Released(NonNull<ffi::PyObject>);

// SAFETY: only an attached thread uses the pointer.
unsafe impl Send for Released {}

static RELEASED: PerProcess<SegQueue<Released>> = PerProcess::new();
/// How many wait in all the lists. Spares the common case the look at them: a thread's own is behind a function call.
static WAITING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Of the loop that this thread runs: no other thread may release them.
    static OWN: RefCell<Own> = const { RefCell::new(Own(Vec::new())) };
}

/// What a thread releases before it returns to Python. What is left when it ends is for the others.
struct Own(Vec<Released>);

impl Drop for Own {
    fn drop(&mut self) {
        self.0.drain(..).for_each(Released::queue);
    }
}

fn released() -> &'static SegQueue<Released> {
    RELEASED.get_or_init(SegQueue::new)
}

impl Released {
    pub(crate) fn now(self, py: Py) {
        // SAFETY: attached; the reference was a handle's to give.
        drop(unsafe { Obj::owned(py, self.0.as_ptr()) });
    }

    /// By this thread, when it returns to Python.
    fn here(self) {
        WAITING.fetch_add(1, Ordering::SeqCst);
        let mut this = Some(self);
        // A thread that ends has no list any more: the author's own thread-locals may go after it.
        let _ = OWN.try_with(|own| own.borrow_mut().0.extend(this.take()));
        if let Some(this) = this {
            this.queue();
        }
    }

    /// By whoever returns to Python next.
    pub(crate) fn soon(self) {
        WAITING.fetch_add(1, Ordering::SeqCst);
        self.queue();
    }

    fn queue(self) {
        released().push(self);
    }
}

/// Releases what Rust dropped since the last time.
#[inline]
pub(crate) fn release(py: Py) {
    if WAITING.load(Ordering::Relaxed) != 0 {
        release_all(py);
    }
}

#[cold]
fn release_all(py: Py) {
    // Destructors run, and an error may be on its way.
    let _pending = Suspended::new(py);
    while let Some(released) = OWN.with_borrow_mut(|own| own.0.pop()).or_else(|| released().pop()) {
        WAITING.fetch_sub(1, Ordering::SeqCst);
        released.now(py);
    }
}

/// In a forked child: what other threads were to release is leaked.
pub(crate) fn forget_others(_: Py) {
    WAITING.store(OWN.with_borrow(|own| own.0.len()), Ordering::SeqCst);
}

/// An owned reference that any thread may hold and drop.
pub(crate) struct Handle {
    object: NonNull<ffi::PyObject>,
    /// The loop that ran when the object was handed over.
    shared: Option<Arc<LoopShared>>,
}

// SAFETY: the object is only reached by attached threads (`get`), and released by one (`Drop`).
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Handle {
    pub(crate) fn new(object: Obj, shared: Option<Arc<LoopShared>>) -> Self {
        // SAFETY: an `Obj` is never null.
        let object = unsafe { NonNull::new_unchecked(object.into_ptr()) };
        Self { object, shared }
    }

    pub(crate) fn get(&self, _: Py) -> Ref<'_> {
        // SAFETY: attached, and alive as long as the handle.
        unsafe { Ref::new(self.object.as_ptr()) }
    }

    pub(crate) fn shared(&self) -> Option<&Arc<LoopShared>> {
        self.shared.as_ref()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let released = Released(self.object);
        match &self.shared {
            Some(shared) if shared.is_here() => released.here(),
            Some(shared) => shared.send(Item::Release(released)),
            None => released.soon(),
        }
    }
}

thread_local! {
    static KEPT: RefCell<Vec<Weak<Handle>>> = const { RefCell::new(Vec::new()) };
}

/// Keeps an argument for Rust.
pub(crate) fn keep(object: Ref<'_>) -> Arc<Handle> {
    let py = object.py();
    let running = asyncio::running(py).unwrap_or_else(|raised| {
        raised.clear(py);
        None
    });
    let handle = Arc::new(Handle::new(object.to_owned(), running.map(|running| running.shared)));
    KEPT.with_borrow_mut(|kept| kept.push(Arc::downgrade(&handle)));
    handle
}

/// What one call was given to keep. Small where it is nothing, as in most calls.
#[derive(Default)]
#[expect(clippy::box_collection, reason = "one word of every awaitable, and nothing in most")]
pub(crate) struct Kept(Option<Box<Vec<Weak<Handle>>>>);

impl Kept {
    /// Runs `body`, the reading of an argument, and adds what that keeps.
    pub(crate) fn during<R>(&mut self, body: impl FnOnce() -> R) -> R {
        let before = KEPT.with_borrow(Vec::len);
        let result = body();
        let new = KEPT.with_borrow_mut(|kept| kept.split_off(before));
        if !new.is_empty() {
            self.0.get_or_insert_default().extend(new);
        }
        result
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The objects that are still kept, for the collector.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Ptr> {
        let handles = self.0.iter().flat_map(|handles| handles.iter());
        handles.filter_map(|handle| handle.upgrade().map(|handle| handle.object.as_ptr()))
    }
}
