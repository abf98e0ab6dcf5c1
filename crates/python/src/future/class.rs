//! The Python type of [`Future`](super::Future).

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use pyo3::ffi;

use super::Future;
use crate::py::{Getter, Global, Instance, Obj, Ptr, Py, Raised, Ref, Result, TypeSpec, abi, guard};
use crate::state::state;
use crate::task::Settled;
use crate::{asyncio, exit, trio};

type FastMethod = unsafe extern "C" fn(Ptr, *const Ptr, ffi::Py_ssize_t, Ptr) -> Ptr;

pub(crate) fn new(py: Py, package: &str) -> Result<Global> {
    let spec = TypeSpec {
        name: &format!("{package}.Future"),
        flags: ffi::Py_TPFLAGS_HAVE_GC | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION,
        slots: vec![
            (ffi::Py_tp_dealloc, dealloc as *mut c_void),
            (ffi::Py_tp_finalize, finalize as *mut c_void),
            (ffi::Py_tp_traverse, traverse as *mut c_void),
            (ffi::Py_tp_clear, clear as *mut c_void),
            (ffi::Py_tp_repr, repr as *mut c_void),
            (ffi::Py_tp_iter, iter as *mut c_void),
            (ffi::Py_am_await, iter as *mut c_void),
            (ffi::Py_tp_iternext, next as *mut c_void),
            (ffi::Py_am_send, send as *mut c_void),
            (
                ffi::Py_tp_doc,
                c"A call that is under way. It cancels the call when it is dropped unawaited."
                    .as_ptr()
                    .cast_mut()
                    .cast(),
            ),
        ],
        methods: vec![
            method(c"add_done_callback", add_done_callback),
            method(c"remove_done_callback", remove_done_callback),
            method(c"cancel", cancel),
            method(c"cancelled", cancelled),
            method(c"done", done),
            method(c"result", result),
            method(c"exception", exception),
            method(c"get_loop", get_loop),
            method(c"_make_cancelled_error", make_cancelled_error),
        ],
        getters: vec![
            Getter { name: c"__class__", get: get_class, set: None, tag: 0 },
            Getter { name: c"_asyncio_future_blocking", get: get_blocking, set: Some(set_blocking), tag: 0 },
            Getter { name: c"_log_traceback", get: get_unseen, set: Some(set_unseen), tag: 0 },
            Getter { name: c"_callbacks", get: get_callbacks, set: None, tag: 0 },
            Getter { name: c"_cancel_message", get: get_cancel_message, set: None, tag: 0 },
            Getter { name: c"_loop", get: get_event_loop, set: None, tag: 0 },
            Getter { name: c"_state", get: get_state, set: None, tag: 0 },
        ],
        members: Vec::new(),
    };
    spec.build::<Future>(py)
}

fn method(name: &'static CStr, body: FastMethod) -> ffi::PyMethodDef {
    ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: body },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: ptr::null(),
    }
}

/// Runs a method on `this` with at most `most` positional arguments. `keyword` is the only keyword it knows; its value
/// follows the positional arguments.
unsafe fn run(
    this: Ptr,
    args: *const Ptr,
    count: ffi::Py_ssize_t,
    names: Ptr,
    (most, keyword): (usize, Option<&str>),
    body: impl FnOnce(Py, Ref<'_>, &[Ref<'_>], Option<Ref<'_>>) -> Result<Obj>,
) -> Ptr {
    // SAFETY: the interpreter calls methods attached, with a living instance and `count` arguments, then one for each
    // keyword in `names`.
    let (py, this, count) = unsafe { (Py::attached(), Ref::new(this), count.unsigned_abs()) };
    guard(py, ptr::null_mut(), || {
        let mut given = None;
        if count > most {
            let _ = Raised::type_error(py, &format!("takes at most {most} positional arguments ({count} given)"));
            return ptr::null_mut();
        }
        if !names.is_null() {
            // SAFETY: `names` is a tuple of `str`.
            for index in 0..unsafe { ffi::PyTuple_Size(names) } {
                // SAFETY: in range; the value follows the positional ones.
                let (name, value) = unsafe {
                    let value = *args.add(count + index.unsigned_abs());
                    (Ref::new(ffi::PyTuple_GetItem(names, index)), Ref::new(value))
                };
                match name.utf8() {
                    Ok(name) if Some(name) == keyword => given = Some(value),
                    _ => {
                        let message = format!("got an unexpected keyword argument '{}'", name.display());
                        let _ = Raised::type_error(py, &message);
                        return ptr::null_mut();
                    }
                }
            }
        }
        let args: &[Ref<'_>] = if count == 0 {
            &[]
        } else {
            // SAFETY: `count` living arguments; `Ref` is one pointer.
            unsafe { std::slice::from_raw_parts(args.cast(), count) }
        };
        body(py, this, args, given).map_or(ptr::null_mut(), Obj::into_ptr)
    })
}

macro_rules! methods {
    ($($name:ident, $takes:expr, |$py:ident, $this:ident, $args:pat_param, $named:pat_param| $body:expr;)*) => {$(
        unsafe extern "C" fn $name(this: Ptr, args: *const Ptr, count: ffi::Py_ssize_t, names: Ptr) -> Ptr {
            // SAFETY: the interpreter calls it as declared.
            unsafe { run(this, args, count, names, $takes, |$py, $this, $args, $named| $body) }
        }
    )*};
}

fn one<'a>(py: Py, name: &str, args: &[Ref<'a>]) -> Result<Ref<'a>> {
    match args {
        [only] => Ok(*only),
        _ => Err(Raised::type_error(py, &format!("{name}() takes exactly one argument ({} given)", args.len()))),
    }
}

methods! {
    add_done_callback, (1, Some("context")), |py, this, args, context| {
        let callback = one(py, "add_done_callback", args)?;
        let context = match context {
            Some(context) if !context.is_none() => context.to_owned(),
            _ => abi::current_context(py)?,
        };
        super::add_callback(py, this, callback, context)?;
        Ok(py.none())
    };
    remove_done_callback, (1, None), |py, this, args, _| {
        let callback = one(py, "remove_done_callback", args)?;
        py.int(i64::try_from(super::remove_callback(py, this, callback)?).unwrap_or(i64::MAX))
    };
    cancel, (1, Some("msg")), |py, this, args, message| {
        let none = py.none();
        let message = message.or(args.first().copied()).unwrap_or(none.as_ref());
        Ok(py.bool(super::cancel(py, this, message)?))
    };
    cancelled, (0, None), |py, this, _, _| Ok(py.bool(super::is_cancelled(this)));
    done, (0, None), |py, this, _, _| Ok(py.bool(super::is_done(this)));
    result, (0, None), |py, this, _, _| super::result(py, this);
    exception, (0, None), |py, this, _, _| {
        Ok(super::exception(py, this, "Exception is not set.")?.unwrap_or_else(|| py.none()))
    };
    get_loop, (0, None), |_py, this, _, _| Ok(super::value(this).event_loop.clone());
    make_cancelled_error, (0, None), |py, this, _, _| {
        let message = super::value(this).cancel_message.borrow().clone();
        asyncio::new_cancelled_error(py, message.as_ref().map(Obj::as_ref))
    };
}

macro_rules! getters {
    ($($name:ident, |$py:ident, $held:ident| $body:expr;)*) => {$(
        unsafe extern "C" fn $name(this: Ptr, _: *mut c_void) -> Ptr {
            // SAFETY: the interpreter calls getters attached, with a living instance.
            let ($py, $held) = unsafe { (Py::attached(), super::value(Ref::new(this))) };
            $body
        }
    )*};
}

getters! {
    get_blocking, |py, held| py.bool(held.blocking.get()).into_ptr();
    get_unseen, |py, held| py.bool(held.unseen.get()).into_ptr();
    get_callbacks, |py, held| super::callbacks(py, held).map_or(ptr::null_mut(), Obj::into_ptr);
    get_cancel_message, |py, held| held.cancel_message.borrow().clone().unwrap_or_else(|| py.none()).into_ptr();
    get_event_loop, |_py, held| held.event_loop.clone().into_ptr();
    get_state, |py, held| py.str(state_name(held)).map_or(ptr::null_mut(), Obj::into_ptr);
}

/// For `isinstance(_, asyncio.Future)`: anyio, for one, cancels a Task that waits for anything else also when what it waits
/// for is done.
unsafe extern "C" fn get_class(_: Ptr, _: *mut c_void) -> Ptr {
    // SAFETY: the interpreter calls getters attached.
    let py = unsafe { Py::attached() };
    asyncio::future_class(py).map_or(ptr::null_mut(), |class| class.to_owned().into_ptr())
}

fn state_name(held: &Future) -> &'static str {
    match &*held.outcome.borrow() {
        None => "PENDING",
        Some(Settled::Cancelled) => "CANCELLED",
        Some(_) => "FINISHED",
    }
}

unsafe fn set_flag(value: Ptr, set: impl FnOnce(bool)) -> c_int {
    if value.is_null() {
        // SAFETY: the interpreter calls setters attached.
        let _ = Raised::type_error(unsafe { Py::attached() }, "cannot delete attribute");
        return -1;
    }
    // SAFETY: attached; a living object.
    match unsafe { ffi::PyObject_IsTrue(value) } {
        -1 => -1,
        truth => {
            set(truth != 0);
            0
        }
    }
}

unsafe extern "C" fn set_blocking(this: Ptr, value: Ptr, _: *mut c_void) -> c_int {
    // SAFETY: as for the getters.
    unsafe { set_flag(value, |flag| super::value(Ref::new(this)).blocking.set(flag)) }
}

unsafe extern "C" fn set_unseen(this: Ptr, value: Ptr, _: *mut c_void) -> c_int {
    // SAFETY: as for the getters.
    unsafe { set_flag(value, |flag| super::value(Ref::new(this)).unseen.set(flag)) }
}

unsafe extern "C" fn iter(this: Ptr) -> Ptr {
    // SAFETY: the interpreter calls slots attached, with a living instance.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    guard(py, ptr::null_mut(), || awaiting(py, this).map_or(ptr::null_mut(), Obj::into_ptr))
}

/// What waits for the future: itself, where its loop's tasks understand that.
fn awaiting(py: Py, this: Ref<'_>) -> Result<Obj> {
    if super::is_trios(this) {
        let wait = trio::result(py, this)?.as_ref().attr_str(c"__await__")?;
        return py.call(wait.as_ref(), &[]);
    }
    if super::is_done(this) {
        return Ok(this.to_owned());
    }
    if asyncio::is_debug(py, super::value(this).event_loop.as_ref()) {
        return py.call(state(py).support(py, c"shown_wait")?.as_ref(), &[this]);
    }
    Ok(this.to_owned())
}

/// One step of whoever awaits the future.
fn step(py: Py, this: Ref<'_>) -> Result<Result<Obj, Obj>> {
    if super::is_done(this) {
        return super::result(py, this).map(Ok);
    }
    super::check_process(py, this)?;
    // A Task clears the flag when it sees the future; nobody else knows when to come back.
    if super::value(this).blocking.replace(true) {
        return Err(Raised::runtime_error(py, "await wasn't used with future"));
    }
    Ok(Err(this.to_owned()))
}

unsafe extern "C" fn next(this: Ptr) -> Ptr {
    // SAFETY: the interpreter calls slots attached, with a living instance.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    guard(py, ptr::null_mut(), || match step(py, this) {
        Ok(Ok(value)) => {
            crate::awaitable::stop_iteration(py, this, &value);
            ptr::null_mut()
        }
        Ok(Err(yielded)) => yielded.into_ptr(),
        Err(Raised) => ptr::null_mut(),
    })
}

unsafe extern "C" fn send(this: Ptr, _: Ptr, result: *mut Ptr) -> ffi::PySendResult {
    // SAFETY: as for `next`; `result` is the caller's place for the answer.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    let (answer, value) = guard(py, (ffi::PySendResult::PYGEN_ERROR, ptr::null_mut()), || match step(py, this) {
        Ok(Ok(value)) => (ffi::PySendResult::PYGEN_RETURN, value.into_ptr()),
        Ok(Err(yielded)) => (ffi::PySendResult::PYGEN_NEXT, yielded.into_ptr()),
        Err(Raised) => (ffi::PySendResult::PYGEN_ERROR, ptr::null_mut()),
    });
    // SAFETY: as above.
    unsafe { *result = value };
    answer
}

unsafe extern "C" fn repr(this: Ptr) -> Ptr {
    // SAFETY: as for `next`.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    let held = super::value(this);
    let name = crate::function::full_name(held.function.as_ref());
    let text = format!("<Future {} {name} at {:p}>", state_name(held).to_lowercase(), this.as_ptr());
    py.str(&text).map_or(ptr::null_mut(), Obj::into_ptr)
}

/// "exception was never retrieved", told as asyncio tells it.
unsafe extern "C" fn finalize(this: Ptr) {
    // SAFETY: as for `next`; finalizers run before anything is cleared.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    let held = super::value(this);
    if !held.unseen.replace(false) || exit::is_exiting() || super::is_inherited(this) {
        return;
    }
    let error = match &*held.outcome.borrow() {
        Some(Settled::Error(error)) => error.clone(),
        _ => return,
    };
    // A finalizer must leave the error indicator as it found it.
    let pending = Suspended::new(py);
    let told = state(py).support(py, c"never_retrieved").and_then(|tell| {
        let name = py.str(&crate::function::full_name(held.function.as_ref()))?;
        py.call(tell.as_ref(), &[held.event_loop.as_ref(), this, error.as_ref(), name.as_ref()])
    });
    if let Err(raised) = told {
        raised.unraisable(Some(this));
    }
    drop(pending);
}

/// The error indicator put aside.
pub(crate) struct Suspended(Ptr, Ptr, Ptr);

impl Suspended {
    pub(crate) fn new(_: Py) -> Self {
        let mut this = Self(ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: attached.
        #[allow(deprecated, reason = "the replacement is new in 3.12")]
        unsafe {
            ffi::PyErr_Fetch(&raw mut this.0, &raw mut this.1, &raw mut this.2);
        }
        this
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        // SAFETY: still attached; the references go back to where they came from.
        #[allow(deprecated, reason = "the replacement is new in 3.12")]
        unsafe {
            ffi::PyErr_Restore(self.0, self.1, self.2);
        }
    }
}

unsafe extern "C" fn traverse(this: Ptr, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the collector runs attached, on a living instance; objects are visited, not used.
    unsafe {
        match visit(ffi::Py_TYPE(this).cast(), arg) {
            0 => Instance::<Future>::value(this).each(|object| visit(object, arg)),
            other => other,
        }
    }
}

unsafe extern "C" fn clear(this: Ptr) -> c_int {
    // SAFETY: as for `next`.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    guard(py, (), || super::value(this).clear());
    0
}

unsafe extern "C" fn dealloc(this: Ptr) {
    // SAFETY: the interpreter calls it attached, once, when nobody refers to the instance any more; a finalizer may
    // bring it back, which `Instance::finalize` tells.
    unsafe {
        let py = Py::attached();
        if !Instance::<Future>::finalize(this, finalize) {
            return;
        }
        ffi::PyObject_GC_UnTrack(this.cast());
        guard(py, (), || Future::drop_task(py, Ref::new(this)));
        Instance::<Future>::drop_value(this);
        abi::forget_stop(py);
        Instance::<Future>::free(this);
    }
}
