//! One thread that wakes loops without `add_reader` (Windows' proactor loop), by one `call_soon_threadsafe` a batch.
//!
//! It is the only thread of this crate that attaches to the interpreter. It ends before the interpreter does.

use std::collections::HashMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use pyo3::ffi;

use crate::fork::PerProcess;
use crate::py::{Global, Obj, Py, Raised, Ref, Result};
use crate::state::state;

/// A loop and its drainer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Target(u64);

enum Request {
    Wake(Target),
    Stop,
}

struct Waker {
    requests: Sender<Request>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Targets {
    next: u64,
    /// A weak reference to the loop, and the drainer, which is owned here since the loop does not.
    known: Option<HashMap<Target, (Global, Global)>>,
}

static WAKER: PerProcess<Waker> = PerProcess::new();
static TARGETS: Mutex<Targets> = Mutex::new(Targets { next: 0, known: None });

fn targets<R>(body: impl FnOnce(&mut Targets) -> R) -> R {
    body(&mut TARGETS.lock().unwrap_or_else(PoisonError::into_inner))
}

pub(crate) fn register(py: Py, event_loop: Ref<'_>, drainer: Ref<'_>) -> Result<Target> {
    // SAFETY: attached; a loop that cannot be referred to weakly raises.
    let weak = unsafe { Obj::owned(py, ffi::PyWeakref_NewRef(event_loop.as_ptr(), std::ptr::null_mut()))? };
    if WAKER.get().is_none() {
        let started = start().map_err(|error| {
            Raised::runtime_error(py, &format!("ponton: cannot start the thread that wakes the event loop: {error}"))
        })?;
        // Attached threads take turns, and none is let in here.
        WAKER.get_or_init(|| started);
    }
    let (weak, drainer) = (weak.forever(), drainer.to_owned().forever());
    Ok(targets(|all| {
        all.next += 1;
        let target = Target(all.next);
        all.known.get_or_insert_default().insert(target, (weak, drainer));
        target
    }))
}

pub(crate) fn forget(py: Py, target: Target) {
    let gone = targets(|all| all.known.as_mut().and_then(|known| known.remove(&target)));
    if let Some((weak, drainer)) = gone {
        // SAFETY: attached; `register` gave these references up to the table, and nothing else releases them.
        drop(unsafe { (Obj::owned(py, weak.as_ptr()), Obj::owned(py, drainer.as_ptr())) });
    }
}

/// From any thread: never blocks, never attaches.
pub(crate) fn wake(target: Target) {
    if let Some(waker) = WAKER.get() {
        // Nobody listens once the interpreter is going, and nobody needs to.
        let _ = waker.requests.send(Request::Wake(target));
    }
}

/// Ends the thread. The caller is not attached, since the thread may be waiting to be.
pub(crate) fn stop() {
    let Some(waker) = WAKER.get() else { return };
    let _ = waker.requests.send(Request::Stop);
    let thread = waker.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(thread) = thread {
        let _ = thread.join();
    }
}

fn start() -> std::io::Result<Waker> {
    let (requests, due) = mpsc::channel();
    let thread = thread::Builder::new().name("ponton-waker".to_owned()).spawn(move || serve(&due))?;
    Ok(Waker { requests, thread: Mutex::new(Some(thread)) })
}

fn serve(due: &Receiver<Request>) {
    while let Ok(Request::Wake(target)) = due.recv() {
        // SAFETY: `stop` joins this thread before the interpreter ends, so attaching is allowed; each call is paired with
        // the release below, and the token does not outlive it.
        let attached = unsafe { ffi::PyGILState_Ensure() };
        // SAFETY: just attached.
        ring(unsafe { Py::attached() }, target);
        // SAFETY: the pair of the above.
        unsafe { ffi::PyGILState_Release(attached) };
    }
}

fn ring(py: Py, target: Target) {
    // Owned while the table may change: calling Python lets other threads in.
    let found = targets(|all| {
        all.known
            .as_ref()
            .and_then(|known| known.get(&target))
            .map(|(weak, drainer)| (weak.get(py).to_owned(), drainer.get(py).to_owned()))
    });
    let Some((weak, drainer)) = found else { return };
    let mut event_loop = std::ptr::null_mut();
    // SAFETY: attached; a weak reference gives a new reference to its target.
    let alive = unsafe { ffi::compat::PyWeakref_GetRef(weak.as_ptr(), &raw mut event_loop) } > 0;
    if !alive {
        return;
    }
    // SAFETY: the reference is ours.
    let Ok(event_loop) = (unsafe { Obj::owned(py, event_loop) }) else { return };
    let name = state(py).names.call_soon_threadsafe.get(py);
    if let Err(raised) = py.call_method(name, &[event_loop.as_ref(), drainer.as_ref()], None) {
        // The loop was closed meanwhile; the next loop, or the exit, finds what still waited.
        raised.clear(py);
    }
}
