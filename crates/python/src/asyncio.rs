//! One queue per asyncio loop, drained by the loop itself.
//!
//! The loop owns the [`Drainer`] through `add_reader`; nothing here owns the loop. When the loop is closed, or collected,
//! it lets go of the drainer, whose deallocator ends what still waits. Loops that keep a closed loop's readers are noticed
//! when the next loop is met, and at interpreter exit.

use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use ponton_core::queue::{Budget, LoopQueue};
use ponton_core::task::{Cancelled, Job};
use ponton_core::trace::{self, Event};
use pyo3::ffi;

use crate::bell::Bell;
use crate::exit;
use crate::future;
use crate::host::enter_context;
use crate::py::{Global, Instance, Obj, Ptr, Py, Raised, Ref, Result};
use crate::state::state;
use crate::task::{AnyTask, Settled};

/// What waits for a loop's thread.
pub(crate) enum Item {
    /// The outcome is there.
    Done(Arc<dyn AnyTask>),
    /// A poll of a `#[local]` task is due, on the thread that made it.
    Run(Job, ThreadId),
    /// A `#[local]` task was cancelled, or its future went, on another thread: drop it at home.
    Drop(Arc<dyn AnyTask>),
}

/// The half of a loop's state that any thread may use.
pub(crate) struct LoopShared {
    pub(crate) queue: LoopQueue<Item, Box<dyn Fn() + Send + Sync>>,
    /// Borrowed; null once the drainer is gone. For attached threads.
    drainer: AtomicPtr<ffi::PyObject>,
}

impl Drop for LoopShared {
    fn drop(&mut self) {
        self.queue.close(discard);
    }
}

/// The loop that runs on this thread.
pub(crate) struct Running {
    pub(crate) event_loop: Obj,
    pub(crate) shared: Arc<LoopShared>,
}

/// What a [`Drainer`] instance holds. Called by its loop when the bell rang.
pub(crate) struct Drainer {
    /// A weak reference to the loop.
    event_loop: Obj,
    shared: Arc<LoopShared>,
    bell: Arc<Bell>,
    /// The futures that wait. Those that somebody waits for in turn are owned, see [`future`].
    pending: RefCell<Vec<Ptr>>,
}

/// By the loop's address. The drainer's weak reference tells whether it is still the same loop.
static LOOPS: Mutex<Vec<(usize, Arc<LoopShared>)>> = Mutex::new(Vec::new());

fn loops<R>(body: impl FnOnce(&mut Vec<(usize, Arc<LoopShared>)>) -> R) -> R {
    body(&mut LOOPS.lock().unwrap_or_else(PoisonError::into_inner))
}

struct Library {
    get_running_loop: Global,
    cancelled_error: Global,
    invalid_state_error: Global,
}

static LIBRARY: OnceLock<Library> = OnceLock::new();

fn library(py: Py) -> Result<&'static Library> {
    if let Some(library) = LIBRARY.get() {
        return Ok(library);
    }
    let asyncio = py.import(c"asyncio")?;
    let get = |name| asyncio.as_ref().attr_str(name).map(Obj::forever);
    let library = Library {
        get_running_loop: get(c"_get_running_loop")?,
        cancelled_error: get(c"CancelledError")?,
        invalid_state_error: get(c"InvalidStateError")?,
    };
    Ok(LIBRARY.get_or_init(|| library))
}

/// The loop that runs on this thread, ready to be waited on.
pub(crate) fn running(py: Py) -> Result<Option<Running>> {
    let event_loop = py.call(library(py)?.get_running_loop.get(py), &[])?;
    if event_loop.as_ref().is_none() {
        return Ok(None);
    }
    let key = event_loop.as_ptr().addr();
    let known = loops(|all| all.iter().find(|(k, _)| *k == key).map(|(_, shared)| Arc::clone(shared)));
    if let Some(shared) = known {
        if is_of(py, &shared, event_loop.as_ref()) {
            return Ok(Some(Running { event_loop, shared }));
        }
        close(py, &shared);
    }
    close_stale(py);
    let shared = connect(py, &event_loop, key)?;
    Ok(Some(Running { event_loop, shared }))
}

/// The loop that runs on this thread, without connecting to it.
pub(crate) fn peek(py: Py) -> Result<Obj> {
    py.call(library(py)?.get_running_loop.get(py), &[])
}

fn is_of(py: Py, shared: &LoopShared, event_loop: Ref<'_>) -> bool {
    drainer(py, shared).is_some_and(|drainer| {
        let target = loop_of(py, drainer.as_ref());
        target.is_some_and(|target| target.as_ref().is(event_loop))
    })
}

fn drainer(_: Py, shared: &LoopShared) -> Option<Obj> {
    let ptr = shared.drainer.load(Ordering::Relaxed);
    // SAFETY: attached; a drainer that is going clears the pointer first.
    (!ptr.is_null()).then(|| unsafe { Obj::borrowed(ptr) })
}

fn value(drainer: Ref<'_>) -> &Drainer {
    // SAFETY: only drainers come here, and they outlive the reference.
    unsafe { Instance::value(drainer.as_ptr()) }
}

fn loop_of(py: Py, drainer: Ref<'_>) -> Option<Obj> {
    let mut target = ptr::null_mut();
    // SAFETY: attached; `event_loop` is a weak reference, whose target comes as a new reference.
    unsafe {
        let found = ffi::compat::PyWeakref_GetRef(value(drainer).event_loop.as_ptr(), &raw mut target);
        if found < 0 {
            Raised.clear(py);
        }
        (found > 0).then(|| Obj::owned(py, target).ok())?
    }
}

fn connect(py: Py, event_loop: &Obj, key: usize) -> Result<Arc<LoopShared>> {
    trace::label_thread("loop");
    // SAFETY: attached; loops that cannot be referred to weakly raise `TypeError` here.
    let weak = unsafe { Obj::owned(py, ffi::PyWeakref_NewRef(event_loop.as_ptr(), ptr::null_mut()))? };
    let bell = Arc::new(Bell::new(py)?);
    let ring = Arc::clone(&bell);
    let shared = Arc::new(LoopShared {
        queue: LoopQueue::new(Box::new(move || ring.ring())),
        drainer: AtomicPtr::new(ptr::null_mut()),
    });
    let held =
        Drainer { event_loop: weak, shared: Arc::clone(&shared), bell: Arc::clone(&bell), pending: RefCell::default() };
    // SAFETY: the type is that of `Drainer`, with cycle collection; the value is in place before it is tracked.
    let drainer = unsafe {
        let drainer = Instance::new_collected(py, state(py).drainer_type, held)?;
        ffi::PyObject_GC_Track(drainer.as_ptr().cast());
        drainer
    };
    shared.drainer.store(drainer.as_ptr(), Ordering::Relaxed);
    bell.hang(py, event_loop.as_ref(), drainer.as_ref())?;
    loops(|all| all.push((key, Arc::clone(&shared))));
    Ok(shared)
}

/// What the loop calls when its bell rang. An error is one that the loop's `call_soon` raised, told when all are settled.
fn drain(py: Py, drainer: Ref<'_>) -> Result<()> {
    let drainer = value(drainer);
    enter_context();
    drainer.bell.reset();
    let mut first = Ok(());
    drainer.shared.queue.drain(Budget::default(), |item| {
        if let Err(raised) = settle(py, item) {
            let error = raised.take(py);
            first = std::mem::replace(&mut first, Ok(())).and(Err(error));
        }
    });
    crate::buffer::release(py);
    first.map_err(|error: Obj| Raised::instance(error.as_ref()))
}

fn settle(py: Py, item: Item) -> Result<()> {
    match item {
        Item::Done(task) => {
            let Some(waiting) = waiting(py, &task) else {
                task.discard();
                return Ok(());
            };
            task.take(py).map_or(Ok(()), |settled| {
                task.emit(Event::Settled);
                future::settle(py, waiting.as_ref(), settled)
            })
        }
        Item::Run(job, home) if home != thread::current().id() => {
            std::mem::forget(job);
            Err(Raised::runtime_error(py, "a #[local] call cannot go on: its event loop runs on another thread now"))
        }
        Item::Run(job, _) => {
            job.run();
            Ok(())
        }
        Item::Drop(task) => {
            if task.host().is_home() && Arc::clone(&task).cancel() != Cancelled::Dropped {
                return Ok(());
            }
            waiting(py, &task).map_or(Ok(()), |waiting| future::settle(py, waiting.as_ref(), Settled::Cancelled))
        }
    }
}

/// The future that waits for `task`, if one does.
fn waiting(_: Py, task: &Arc<dyn AnyTask>) -> Option<Obj> {
    let future = task.host().future();
    // SAFETY: attached; a future that is going makes the task forget it first.
    (!future.is_null()).then(|| unsafe { Obj::borrowed(future) })
}

/// Drops what a loop will never run, where that is allowed.
fn discard(item: Item) {
    match item {
        Item::Done(task) => task.discard(),
        Item::Run(job, home) if home != thread::current().id() => std::mem::forget(job),
        Item::Run(job, _) => drop(job),
        Item::Drop(task) => drop(task),
    }
}

/// Notes that `future` waits for this loop, and gives its place.
pub(crate) fn enlist(py: Py, shared: &LoopShared, future: Ptr) -> usize {
    drainer(py, shared).map_or(usize::MAX, |drainer| {
        let mut pending = value(drainer.as_ref()).pending.borrow_mut();
        pending.push(future);
        pending.len() - 1
    })
}

/// The future in `place` waits no longer. Gives the future that takes its place.
pub(crate) fn strike(py: Py, shared: &LoopShared, place: usize) -> Option<Ptr> {
    let drainer = drainer(py, shared)?;
    let mut pending = value(drainer.as_ref()).pending.borrow_mut();
    if place < pending.len() {
        pending.swap_remove(place);
    }
    pending.get(place).copied()
}

/// Ends everything that waits for a loop that is gone.
fn close(py: Py, shared: &LoopShared) {
    if let Some(drainer) = drainer(py, shared) {
        end(py, value(drainer.as_ref()));
    }
}

fn end(py: Py, drainer: &Drainer) {
    let shared = &drainer.shared;
    shared.drainer.store(ptr::null_mut(), Ordering::Relaxed);
    loops(|all| all.retain(|(_, other)| !Arc::ptr_eq(other, shared)));
    drainer.bell.unhang(py);
    shared.queue.close(discard);
    // Owned first: ending one may release the last other reference to the next.
    // SAFETY: attached; a future that goes strikes itself, so the list holds living ones only.
    let pending: Vec<Obj> = drainer.pending.take().into_iter().map(|future| unsafe { Obj::borrowed(future) }).collect();
    for future in pending {
        if exit::is_exiting() {
            future::interpreter_is_going(py, future.as_ref());
        } else {
            future::loop_is_gone(py, future.as_ref());
        }
    }
}

/// Ends what waits for loops that were closed without letting go of their drainers.
fn close_stale(py: Py) {
    for shared in loops(|all| all.iter().map(|(_, shared)| Arc::clone(shared)).collect::<Vec<_>>()) {
        let Some(drainer) = drainer(py, &shared) else { continue };
        let closed = loop_of(py, drainer.as_ref()).is_none_or(|event_loop| is_closed(py, event_loop.as_ref()));
        if closed {
            end(py, value(drainer.as_ref()));
        }
    }
}

pub(crate) fn is_closed(py: Py, event_loop: Ref<'_>) -> bool {
    match py.call_method(state(py).names.is_closed.get(py), &[event_loop], None) {
        // SAFETY: only compares.
        Ok(answer) => answer.as_ptr() == unsafe { ffi::Py_True() },
        Err(raised) => {
            raised.clear(py);
            false
        }
    }
}

/// Ends everything that waits for any loop: the interpreter is going.
pub(crate) fn close_all(py: Py) {
    for (_, shared) in loops(std::mem::take) {
        close(py, &shared);
    }
}

/// Calls `callback(argument)` in `context` on the loop's next turn.
pub(crate) fn call_soon(
    py: Py,
    event_loop: Ref<'_>,
    callback: Ref<'_>,
    argument: Ref<'_>,
    context: Ref<'_>,
) -> Result<()> {
    let names = &state(py).names;
    let keyword = Some(names.context_keyword.get(py));
    py.call_method(names.call_soon.get(py), &[event_loop, callback, argument, context], keyword).map(drop)
}

/// Raises `CancelledError`.
pub(crate) fn cancelled_error(py: Py, message: Option<Ref<'_>>) -> Raised {
    match new_cancelled_error(py, message) {
        Ok(error) => Raised::instance(error.as_ref()),
        Err(raised) => raised,
    }
}

/// A `CancelledError`.
pub(crate) fn new_cancelled_error(py: Py, message: Option<Ref<'_>>) -> Result<Obj> {
    let class = library(py)?.cancelled_error.get(py);
    match message {
        Some(message) if !message.is_none() => py.call(class, &[message]),
        _ => py.call(class, &[]),
    }
}

/// Raises `InvalidStateError`.
pub(crate) fn invalid_state(py: Py, message: &str) -> Raised {
    match library(py) {
        Ok(library) => Raised::new(py, library.invalid_state_error.as_ptr(), message),
        Err(raised) => raised,
    }
}

/// The type of [`Drainer`] instances.
pub(crate) mod class {
    use std::ffi::{c_int, c_void};

    use pyo3::ffi;

    use super::{Drainer, end, future, value};
    use crate::future::class::Suspended;
    use crate::py::{Global, Instance, Ptr, Py, Ref, Result, TypeSpec, guard};

    pub(crate) fn new(py: Py, package: &str) -> Result<Global> {
        let spec = TypeSpec {
            name: &format!("{package}.LoopQueue"),
            flags: ffi::Py_TPFLAGS_HAVE_GC | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION,
            slots: vec![
                (ffi::Py_tp_call, call as *mut c_void),
                (ffi::Py_tp_traverse, traverse as *mut c_void),
                (ffi::Py_tp_clear, clear as *mut c_void),
                (ffi::Py_tp_dealloc, dealloc as *mut c_void),
            ],
            methods: Vec::new(),
            getters: Vec::new(),
            members: Vec::new(),
        };
        spec.build::<Drainer>(py)
    }

    unsafe extern "C" fn call(this: Ptr, _: Ptr, _: Ptr) -> Ptr {
        // SAFETY: the interpreter calls slots attached, with a living instance.
        let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
        guard(py, std::ptr::null_mut(), || {
            super::drain(py, this).map_or(std::ptr::null_mut(), |()| py.none().into_ptr())
        })
    }

    unsafe extern "C" fn traverse(this: Ptr, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
        // SAFETY: the collector runs attached, on a living instance; the pointers are visited, not used. The list is not
        // being changed: nothing that changes it runs Python code while it does.
        unsafe {
            let held = Instance::<Drainer>::value(this);
            let answer = visit(ffi::Py_TYPE(this).cast(), arg);
            if answer != 0 {
                return answer;
            }
            for &pending in &*held.pending.as_ptr() {
                if future::is_kept(Ref::new(pending)) {
                    let answer = visit(pending, arg);
                    if answer != 0 {
                        return answer;
                    }
                }
            }
            visit(held.event_loop.as_ptr(), arg)
        }
    }

    unsafe extern "C" fn clear(this: Ptr) -> c_int {
        // SAFETY: as for `call`.
        let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
        guard(py, (), || end(py, value(this)));
        0
    }

    unsafe extern "C" fn dealloc(this: Ptr) {
        // SAFETY: as for `call`; the count is zero, so the value is ours alone.
        unsafe {
            let py = Py::attached();
            ffi::PyObject_GC_UnTrack(this.cast());
            let pending = Suspended::new(py);
            guard(py, (), || end(py, Instance::<Drainer>::value(this)));
            drop(pending);
            Instance::<Drainer>::drop_value(this);
            Instance::<Drainer>::free(this);
        }
    }
}
