//! Functions, methods and awaitables of Python's that Rust calls and awaits: the core's [`Callee`].

use std::cell::Cell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::ptr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ponton_core::convert::Methods;
use ponton_core::desc::{CallbackDesc, TypeDesc};
use ponton_core::host::HostError;
use ponton_core::host::function::{Arguments, Asker, Callee, Given, Signature, Started};
use ponton_core::host::lane::Lane;
use pyo3::ffi;

use crate::asyncio::{self, Kind, LoopShared};
use crate::handle::{self, Handle};
use crate::lane::CallLane;
use crate::py::{Global, Obj, Py, Raised, Ref, Result, abi};
use crate::read::{self, Fault, Value};
use crate::state::state;
use crate::write::Out;
use crate::{error, exit, host, reply};

/// What Rust calls or awaits.
pub(crate) struct PyCallee<S> {
    target: Target,
    /// The way back for code that no call owns.
    lane: OnceLock<Arc<dyn Lane>>,
    signature: PhantomData<fn() -> S>,
}

enum Target {
    Function(Arc<Handle>),
    /// Looked up at each call, as Python does.
    Method(Arc<Handle>, Global),
    /// It is awaited as it is.
    Awaitable(Arc<Handle>),
}

impl<S: Signature> PyCallee<S> {
    fn of(target: Target) -> Arc<dyn Callee<S>> {
        Arc::new(Self { target, lane: OnceLock::new(), signature: PhantomData })
    }

    fn handle(&self) -> &Arc<Handle> {
        match &self.target {
            Target::Function(handle) | Target::Method(handle, _) | Target::Awaitable(handle) => handle,
        }
    }

    /// What the function returned, or the exception that it raised.
    fn call(&self, py: Py, args: S::Args) -> Result<Obj, Obj> {
        let called = args.write(&mut Out(py), |args| match &self.target {
            Target::Function(function) => call(py, function.get(py), args),
            Target::Method(object, name) => call_method(py, name.get(py), object.get(py), args),
            Target::Awaitable(awaitable) => Ok(awaitable.get(py).to_owned()),
        });
        match called {
            Ok(result) => result.map_err(|raised| raised.take(py)),
            Err(fault) => Err(fault.raise(py, &format!("{} arguments", name::<S>())).take(py)),
        }
    }
}

/// `function(*args)`.
fn call(py: Py, function: Ref<'_>, args: &[Obj]) -> Result<Obj> {
    // SAFETY: attached; `Obj` is one non-null pointer (`repr(transparent)`), and the callee borrows them.
    unsafe {
        let result = ffi::PyObject_Vectorcall(function.as_ptr(), args.as_ptr().cast(), args.len(), ptr::null_mut());
        Obj::owned(py, result)
    }
}

/// `object.name(*args)`.
fn call_method(py: Py, name: Ref<'_>, object: Ref<'_>, args: &[Obj]) -> Result<Obj> {
    let mut all: Vec<Ref<'_>> = Vec::with_capacity(args.len() + 1);
    all.push(object);
    all.extend(args.iter().map(Obj::as_ref));
    py.call_method(name, &all, None)
}

/// `Auth.token()`, `progress()`.
fn name<S: Signature>() -> String {
    let name = S::DESC.name.python;
    S::OWNER.map_or_else(|| format!("{name}()"), |owner| format!("{owner}.{name}()"))
}

/// What Rust gets for what the host code returned or raised. `Err` ends the call.
fn given<S: Signature>(
    py: Py,
    ended: Result<Obj, Obj>,
    shared: Option<&Arc<LoopShared>>,
) -> Result<S::Given, HostError> {
    let raised = match ended {
        Ok(value) => match read::<S>(py, &value) {
            Ok(given) => return Ok(given),
            Err(fault) => {
                let error = fault.raise(py, &format!("{} result", name::<S>())).take(py);
                close(py, value.as_ref());
                error
            }
        },
        Err(raised) => raised,
    };
    let error = error::of(py, raised.as_ref(), shared);
    if error::is_exit(raised.as_ref()) {
        return Err(error);
    }
    let given = S::Given::raised(Value(raised.as_ref()), error);
    // An exception whose fields do not fit is none of the enum's, and Python may have said why.
    // SAFETY: attached.
    unsafe { ffi::PyErr_Clear() };
    given
}

/// The error says enough of a coroutine where its value was due; that it was never awaited would say it again.
fn close(py: Py, value: Ref<'_>) {
    let closed = asyncio::is_coroutine(value).and_then(|is_coroutine| {
        let close = state(py).names.close.get(py);
        if is_coroutine { py.call_method(close, &[value], None).map(drop) } else { Ok(()) }
    });
    if let Err(raised) = closed {
        raised.unraisable(Some(value));
    }
}

/// A result that nobody asks for may be anything, as in Python.
fn read<S: Signature>(py: Py, value: &Obj) -> read::Result<S::Given> {
    match S::DESC.returns {
        TypeDesc::Unit => S::Given::value(Value(py.none().as_ref())),
        _ => S::Given::value(Value(value.as_ref())),
    }
}

/// How many calls of host code stand on this thread's stack, with the Rust between them.
struct Depth(u32);

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

impl Depth {
    /// From here on a coroutine begins on an empty stack, a turn of the loop later.
    const SHALLOW: u32 = 32;
    /// Python counts its own frames, and knows nothing of Rust's: a stack of 8 MiB ended beyond 900 in a debug build.
    const MOST: u32 = 400;

    fn enter() -> Self {
        Self(DEPTH.replace(DEPTH.get() + 1))
    }

    fn is_shallow(&self) -> bool {
        self.0 < Self::SHALLOW
    }

    fn check(&self, py: Py) -> Result<()> {
        if self.0 < Self::MOST {
            return Ok(());
        }
        // SAFETY: a static of the interpreter.
        let class = unsafe { ffi::PyExc_RecursionError };
        Err(Raised::new(py, class, "maximum depth of calls from Python through Rust to Python exceeded"))
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        DEPTH.set(self.0);
    }
}

/// How far host code came when it was started.
enum Begun {
    /// It has returned.
    Value(Obj),
    /// It goes on; this future hears of its end.
    Running(Obj),
}

/// Takes what a function returned: something that can be awaited runs on the loop from here on.
fn begin(py: Py, value: Obj, shared: &LoopShared, eager: bool) -> Result<Begun> {
    let is_coroutine = asyncio::is_coroutine(value.as_ref())? || value.as_ref().type_ptr() == own_coroutine(py);
    if !is_coroutine && !abi::may_await(value.as_ref())? {
        return Ok(Begun::Value(value));
    }
    let Some(event_loop) = asyncio::event_loop(py, shared) else {
        return Err(Raised::runtime_error(py, "the event loop is gone"));
    };
    // trio's tasks begin in a turn of their own.
    let eager = eager && shared.kind == Kind::Asyncio;
    let future = if is_coroutine {
        asyncio::new_task(py, value.as_ref(), event_loop.as_ref(), eager)?
    } else {
        let find = state(py).support(py, c"future_of")?;
        let found = py.call(find.as_ref(), &[value.as_ref(), event_loop.as_ref()])?;
        if found.as_ref().is_none() {
            return Ok(Begun::Value(value));
        }
        // A future is what it is; a coroutine awaits everything else.
        if found.as_ref().is(value.as_ref()) {
            found
        } else {
            asyncio::new_task(py, found.as_ref(), event_loop.as_ref(), eager)?
        }
    };
    let done = py.call_method(state(py).names.done.get(py), &[future.as_ref()], None)?;
    // SAFETY: only compares.
    if done.as_ptr() == unsafe { ffi::Py_True() } {
        let get = state(py).names.result.get(py);
        return py.call_method(get, &[future.as_ref()], None).map(Begun::Value);
    }
    Ok(Begun::Running(future))
}

fn own_coroutine(py: Py) -> *mut ffi::PyTypeObject {
    state(py).awaitable_type.as_type()
}

impl<S: Signature> Callee<S> for PyCallee<S> {
    fn is_here(&self) -> bool {
        host::is_of_python() && !exit::is_exiting()
    }

    fn lane(&self) -> Option<Arc<dyn Lane>> {
        let shared = self.handle().shared()?;
        Some(Arc::clone(self.lane.get_or_init(|| CallLane::of_object(Arc::clone(shared)) as Arc<dyn Lane>)))
    }

    fn call(&self, args: S::Args, lane: Option<&Arc<dyn Lane>>) -> Result<S::Given, HostError> {
        // SAFETY: by the trait's promise this thread runs code of Python's, by a call from it.
        let py = unsafe { Py::attached() };
        let lane = lane.and_then(CallLane::get);
        let depth = Depth::enter();
        let ended = depth.check(py).map_err(|raised| raised.take(py)).and_then(|()| match lane {
            Some(lane) => lane.within(py, || self.call(py, args)),
            None => self.call(py, args),
        });
        let given = given::<S>(py, ended, lane.map_or_else(|| self.handle().shared(), |lane| Some(lane.shared())));
        handle::release(py);
        given
    }

    fn start(&self, args: S::Args, lane: &Arc<dyn Lane>, asker: &Asker<S::Given>) -> Started<S::Given> {
        // SAFETY: by the trait's promise this is the lane's thread, where code of ours is attached.
        let py = unsafe { Py::attached() };
        let Some(lane) = CallLane::get(lane) else {
            let error = HostError::new("RuntimeError", "the call belongs to another host");
            return Started::Done(S::Given::failed(error));
        };
        let shared = lane.shared();
        let depth = Depth::enter();
        let begun = lane.within(py, || {
            depth.check(py).map_err(|raised| raised.take(py))?;
            let value = self.call(py, args)?;
            begin(py, value, shared, depth.is_shallow()).map_err(|raised| raised.take(py))
        });
        let ended = match begun {
            Ok(Begun::Value(value)) => Ok(value),
            // As a Task that awaits itself.
            Ok(Begun::Running(future)) if lane.is_of(py, future.as_ref()) => {
                Err(Raised::runtime_error(py, "a call cannot await itself").take(py))
            }
            Ok(Begun::Running(future)) => {
                let (reply, loop_of_reply) = (asker.reply(), Arc::clone(shared));
                let answer = move |py, ended| reply.answer(given::<S>(py, ended, Some(&loop_of_reply)));
                match reply::attach(py, future, shared, Box::new(answer)) {
                    Ok(stop) => return Started::Running(stop),
                    Err(raised) => Err(raised.take(py)),
                }
            }
            Err(raised) => Err(raised),
        };
        let given = given::<S>(py, ended, Some(shared));
        handle::release(py);
        Started::Done(given)
    }
}

/// A parameter that takes a function.
pub(crate) fn function<S: Signature>(value: Ref<'_>) -> read::Result<Arc<dyn Callee<S>>> {
    // SAFETY: alive and attached.
    if unsafe { ffi::PyCallable_Check(value.as_ptr()) } == 0 {
        return read::expected("a callable", value);
    }
    Ok(PyCallee::<S>::of(Target::Function(handle::keep(value))))
}

/// A parameter that takes something to await.
pub(crate) fn awaitable<S: Signature<Args = ()>>(value: Ref<'_>) -> read::Result<Arc<dyn Callee<S>>> {
    let py = value.py();
    let is_awaitable = abi::may_await(value)? && {
        let ask = state(py).support(py, c"is_awaitable")?;
        let answer = py.call(ask.as_ref(), &[value])?;
        // SAFETY: only compares.
        answer.as_ptr() == unsafe { ffi::Py_True() }
    };
    if !is_awaitable {
        return read::expected("an awaitable", value);
    }
    Ok(PyCallee::<S>::of(Target::Awaitable(handle::keep(value))))
}

/// The methods of an object that implements a `#[callback]` trait.
pub(crate) struct MethodsOf {
    object: Arc<Handle>,
    desc: &'static CallbackDesc,
}

impl MethodsOf {
    pub(crate) fn new(object: Ref<'_>, desc: &'static CallbackDesc) -> Self {
        Self { object: handle::keep(object), desc }
    }
}

impl Methods for MethodsOf {
    type Error = Fault;

    fn method<S: Signature>(&mut self) -> read::Result<Arc<dyn Callee<S>>> {
        // SAFETY: arguments are read on attached threads.
        let py = unsafe { Py::attached() };
        let object = self.object.get(py);
        let name = interned(py, S::DESC.name.python)?;
        let (owner, shown, class) = (self.desc.name, S::DESC.name.python, object.type_name());
        let found = match object.attr(name.get(py)) {
            Ok(found) => found,
            // SAFETY: a static of the interpreter.
            Err(raised) if raised.is(py, unsafe { ffi::PyExc_AttributeError }) => {
                raised.clear(py);
                return read::refused(format!("expected {owner}, but '{class}' object has no method '{shown}'"));
            }
            Err(raised) => return Err(raised.into()),
        };
        // SAFETY: alive and attached.
        if unsafe { ffi::PyCallable_Check(found.as_ptr()) } == 0 {
            return read::refused(format!("expected {owner}, but '{class}' object's '{shown}' is not callable"));
        }
        Ok(PyCallee::<S>::of(Target::Method(Arc::clone(&self.object), name)))
    }
}

/// A method's name as an interned string, made once.
fn interned(py: Py, text: &'static str) -> Result<Global> {
    static NAMES: Mutex<Option<HashMap<&'static str, Global>>> = Mutex::new(None);
    let names = || NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names().get_or_insert_default().get(text) {
        return Ok(*known);
    }
    let made = py.interned(text)?.forever();
    names().get_or_insert_default().insert(text, made);
    Ok(made)
}
