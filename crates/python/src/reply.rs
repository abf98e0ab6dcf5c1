//! What hears of the end of host code that Rust waits for: a done callback of its Task or future.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ponton_core::host::function::Stop;
use pyo3::ffi;

use crate::asyncio::{self, Kind, List, LoopShared};
use crate::future::class::Suspended;
use crate::handle::Handle;
use crate::host::enter_context;
use crate::py::{Global, Instance, Obj, Ptr, Py, Raised, Ref, Result, TypeSpec, guard};
use crate::state::state;

/// Takes what the host code returned, or the exception that it raised. Dropped unused, it tells Rust that the loop is
/// gone.
pub(crate) type Answer = Box<dyn FnOnce(Py, Result<Obj, Obj>) + Send>;

/// What a reply instance holds.
pub(crate) struct Reply {
    shared: Arc<LoopShared>,
    answer: RefCell<Option<Answer>>,
    /// Nobody waits any longer.
    stopped: Arc<AtomicBool>,
    place: Cell<usize>,
}

fn value(reply: Ref<'_>) -> &Reply {
    // SAFETY: only replies come here, and they outlive the reference.
    unsafe { Instance::value(reply.as_ptr()) }
}

/// The end of `future`, whatever it is.
fn result(py: Py, shared: &LoopShared, future: Ref<'_>) -> Result<Obj, Obj> {
    if shared.kind == Kind::Trio {
        // It is Python code that would raise the error there, and be in its traceback.
        let exception = py.call_method(state(py).names.exception.get(py), &[future], None);
        let error = exception.map_err(|raised| raised.take(py))?;
        if !error.as_ref().is_none() {
            return Err(error);
        }
    }
    py.call_method(state(py).names.result.get(py), &[future], None).map_err(|raised| raised.take(py))
}

/// Has `answer` called with the end of `future`, on its loop. Gives what stops the host code.
pub(crate) fn attach(py: Py, future: Obj, shared: &Arc<LoopShared>, answer: Answer) -> Result<Box<dyn Stop>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let held = Reply {
        shared: Arc::clone(shared),
        answer: RefCell::new(Some(answer)),
        stopped: Arc::clone(&stopped),
        place: Cell::new(usize::MAX),
    };
    // SAFETY: the type is that of `Reply`, without cycle collection: what it holds is Rust's.
    let reply = unsafe { Instance::new_plain(py, state(py).reply_type.as_type(), held)? };
    value(reply.as_ref()).place.set(asyncio::enlist(py, shared, List::Replies, reply.as_ptr()));
    py.call_method(state(py).names.add_done_callback.get(py), &[future.as_ref(), reply.as_ref()], None)?;
    Ok(Box::new(Running { future: Handle::new(future, Some(Arc::clone(shared))), shared: Arc::clone(shared), stopped }))
}

/// Host code that runs: a Task or a future.
struct Running {
    future: Handle,
    shared: Arc<LoopShared>,
    stopped: Arc<AtomicBool>,
}

impl Stop for Running {
    fn stop(self: Box<Self>) {
        self.stopped.store(true, Ordering::Relaxed);
        if !self.shared.is_here() {
            return; // the loop is gone, and with it what would run
        }
        // SAFETY: code of ours on a loop's thread is attached.
        let py = unsafe { Py::attached() };
        // Rust may let go while an error is on its way.
        let _pending = Suspended::new(py);
        let event_loop = asyncio::event_loop(py, &self.shared);
        if event_loop.is_none_or(|event_loop| asyncio::is_closed(py, event_loop.as_ref())) {
            return; // nothing runs there any more, and a Task's cancel would raise
        }
        if let Err(raised) = py.call_method(state(py).names.cancel.get(py), &[self.future.get(py)], None) {
            raised.unraisable(Some(self.future.get(py)));
        }
    }
}

/// The host code has ended.
fn settle(py: Py, this: Ref<'_>, future: Ref<'_>) -> Result<()> {
    let held = value(this);
    let Some(answer) = take(py, this) else { return Ok(()) };
    if held.stopped.load(Ordering::Relaxed) {
        return Ok(()); // how it ended is between the host code and its loop
    }
    enter_context();
    held.shared.arrive();
    // What the answer pushes is settled right here.
    let attending = held.shared.queue.attend();
    let answered = panic::catch_unwind(AssertUnwindSafe(|| answer(py, result(py, &held.shared, future))));
    let drained = if attending { asyncio::drain(py, &held.shared) } else { Ok(()) };
    if let Err(payload) = answered {
        panic::resume_unwind(payload);
    }
    drained
}

fn take(py: Py, this: Ref<'_>) -> Option<Answer> {
    let held = value(this);
    let place = held.place.replace(usize::MAX);
    if place != usize::MAX
        && let Some(moved) = asyncio::strike(py, &held.shared, List::Replies, place)
    {
        // SAFETY: the list holds living replies only.
        unsafe { Instance::<Reply>::value(moved) }.place.set(place);
    }
    let answer = held.answer.take();
    if held.shared.is_inherited() {
        mem::forget(answer); // the parent's, which waits for its own copy of the host code
        return None;
    }
    answer
}

/// The loop closed: whoever waits is told.
pub(crate) fn loop_is_gone(this: Ref<'_>) {
    let held = value(this);
    held.place.set(usize::MAX);
    let answer = held.answer.take();
    drop(answer);
}

pub(crate) fn class(py: Py, package: &str) -> Result<Global> {
    let spec = TypeSpec {
        name: &format!("{package}.Reply"),
        flags: ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION,
        slots: vec![(ffi::Py_tp_call, call as *mut c_void), (ffi::Py_tp_dealloc, dealloc as *mut c_void)],
        methods: Vec::new(),
        getters: Vec::new(),
        members: Vec::new(),
    };
    spec.build::<Reply>(py)
}

unsafe extern "C" fn call(this: Ptr, args: Ptr, _: Ptr) -> Ptr {
    // SAFETY: the interpreter calls slots attached, with a living instance and a tuple.
    let (py, this, count) = unsafe { (Py::attached(), Ref::new(this), ffi::PyTuple_Size(args)) };
    guard(py, ptr::null_mut(), || {
        if count != 1 {
            let _ = Raised::type_error(py, "a reply takes the future that is done");
            return ptr::null_mut();
        }
        // SAFETY: in range; the tuple outlives the call.
        let future = unsafe { Ref::new(ffi::PyTuple_GetItem(args, 0)) };
        settle(py, this, future).map_or(ptr::null_mut(), |()| py.none().into_ptr())
    })
}

unsafe extern "C" fn dealloc(this: Ptr) {
    // SAFETY: the interpreter calls it attached, once, when nobody refers to the instance any more. An error may be on
    // its way.
    unsafe {
        let py = Py::attached();
        let pending = Suspended::new(py);
        guard(py, (), || drop(take(py, Ref::new(this))));
        drop(pending);
        Instance::<Reply>::drop_value(this);
        Instance::<Reply>::free(this);
    }
}
