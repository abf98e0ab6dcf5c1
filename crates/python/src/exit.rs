//! The end of the interpreter: nothing of this module may run Python code after it.

use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ponton_core::thread;
use ponton_native::runtime;
use pyo3::ffi;

use crate::py::{Obj, Ptr, Py, Result};
use crate::{asyncio, waker};

/// How long the exit waits for polls and blocking jobs that are under way.
const PATIENCE: Duration = Duration::from_secs(1);

/// The thread that ends the interpreter, once it does.
static EXITING: OnceLock<u64> = OnceLock::new();

/// Whether the interpreter is going.
pub(crate) fn is_exiting() -> bool {
    EXITING.get().is_some()
}

/// Whether this thread is one that the end of the interpreter will stop where it stands. What it awaits then stays
/// pending: an exception would only be a traceback on the way out.
pub(crate) fn is_doomed() -> bool {
    EXITING.get().is_some_and(|ending| *ending != thread::number())
}

/// How many calls into this module are under way, on all threads. Only attached threads change it, so they take turns
/// and need no read-modify-write.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// One of [`UNDER_WAY`].
pub(crate) struct UnderWay(());

/// Counts a call into this module.
///
/// Until 3.14, `CPython` ends a daemon thread that wants to attach at exit by unwinding it. That must not meet a
/// `catch_unwind` of ours, which would abort the process. A call loses the interpreter when it runs Python code (the
/// loop's `call_soon`, a destructor), so the exit waits for those that have.
pub(crate) fn enter(_: Py) -> UnderWay {
    UNDER_WAY.store(UNDER_WAY.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    UnderWay(())
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.store(UNDER_WAY.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
    }
}

/// How many were under way when this process was forked, on threads that it has not, or on the one that it has.
static OF_PARENT: AtomicUsize = AtomicUsize::new(0);

/// In a forked child: nobody waits for threads that stayed behind.
pub(crate) fn forget_others() {
    OF_PARENT.store(UNDER_WAY.load(Ordering::Relaxed), Ordering::Relaxed);
}

/// Has the interpreter call us before it goes.
pub(crate) fn register(py: Py) -> Result<()> {
    static mut AT_EXIT: ffi::PyMethodDef = ffi::PyMethodDef {
        ml_name: c"_ponton_exit".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: at_exit },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: ptr::null(),
    };
    // SAFETY: attached; the definition is a static that nobody writes to.
    let hook = unsafe { Obj::owned(py, ffi::PyCFunction_NewEx(&raw mut AT_EXIT, ptr::null_mut(), ptr::null_mut()))? };
    let register = py.import(c"atexit")?.as_ref().attr_str(c"register")?;
    py.call(register.as_ref(), &[hook.as_ref()]).map(drop)
}

unsafe extern "C" fn at_exit(_: Ptr, _: Ptr) -> Ptr {
    // SAFETY: the interpreter calls it attached.
    let py = unsafe { Py::attached() };
    let _ = EXITING.set(thread::number());
    asyncio::close_all(py);
    // SAFETY: attached, and nothing of Python is touched until the thread state is restored. Detached, so that threads
    // which wait to attach can end.
    unsafe {
        let thread = ffi::PyEval_SaveThread();
        waker::stop();
        let until = Instant::now() + PATIENCE;
        runtime::shut_down(PATIENCE);
        if Instant::now() >= until
            && let Some(left) = runtime::still_running()
        {
            eprintln!("ponton: the program ends while this still runs: {left}");
        }
        ffi::PyEval_RestoreThread(thread);
    }
    let deadline = Instant::now() + PATIENCE;
    while UNDER_WAY.load(Ordering::Relaxed) > OF_PARENT.load(Ordering::Relaxed) && Instant::now() < deadline {
        // SAFETY: as above.
        unsafe {
            let thread = ffi::PyEval_SaveThread();
            std::thread::sleep(Duration::from_millis(1));
            ffi::PyEval_RestoreThread(thread);
        }
    }
    crate::handle::release(py);
    py.none().into_ptr()
}
