//! The addon's entry point, and the functions that `runtime.js` calls.

use std::ffi::c_void;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::{Once, OnceLock};

use napi_sys as sys;
use ponton_core::trace;
use ponton_js::answer::Settled;
use ponton_js::args::Args;
use ponton_js::engine::{Engine, Failure};
use ponton_js::live::live;
use ponton_js::registry::Registry;

use crate::Entry;
use crate::call::{Node, NodeCall, caught};
use crate::env::{Env, Result, Value};
use crate::pin::pin;
use crate::state::State;

fn registry() -> &'static Registry<Node> {
    static REGISTRY: OnceLock<Registry<Node>> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let mut entries: Vec<_> = inventory::iter::<Entry>.into_iter().collect();
        // The linker's order is not ours to rely on.
        entries.sort_by_key(|entry| entry.name);
        let mut registry = Registry::new();
        for entry in entries {
            (entry.add)(&mut registry);
        }
        registry
    })
}

/// Called by Node once per environment that loads the addon. What it returns is what `require` gives.
///
/// # Safety
/// Only for Node, which passes an environment on its own thread.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn napi_register_module_v1(
    env: sys::napi_env,
    exports: sys::napi_value,
) -> sys::napi_value {
    static SYMBOLS: Once = Once::new();
    let registered = panic::catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: looks the functions up in this very process, once. The library is the process itself: never unloaded.
        SYMBOLS.call_once(|| std::mem::forget(unsafe { sys::setup() }));
        pin();
        // SAFETY: Node called us with it, and it is not used beyond this call but by Node's own callbacks.
        let env = unsafe { Env::new(env) };
        match register(env) {
            Ok(api) => api.raw(),
            Err(Failure::Thrown(error)) => {
                env.throw(error);
                ptr::null_mut()
            }
            Err(Failure::Convert(error)) => {
                env.throw_error(&error.to_string());
                ptr::null_mut()
            }
        }
    }));
    registered.unwrap_or(exports)
}

fn register(env: Env) -> Result<Value> {
    trace::label_thread("loop");
    let state = State::install(env, registry())?;
    let native = env.object()?;
    let modules: Result<Vec<_>> = state.engine().registry().modules().iter().map(|json| env.string(json)).collect();
    env.set(native, env.string("modules")?, env.array(&modules?)?)?;
    let functions: [(&str, sys::napi_callback); 8] = [
        ("call", Some(enter::<Calling>)),
        ("start", Some(enter::<Starting>)),
        ("cancel", Some(enter::<Cancelling>)),
        ("discard", Some(enter::<Discarding>)),
        ("unref", Some(enter::<Unreffing>)),
        ("live", Some(enter::<Telling>)),
        ("answer", Some(enter::<Answering>)),
        ("connect", Some(enter::<Connecting>)),
    ];
    let function = |name, callback| {
        // SAFETY: the state is freed after the last callback (`State::install`).
        unsafe { env.function(name, callback, ptr::from_ref(state).cast_mut().cast()) }
    };
    for (name, callback) in functions {
        env.set(native, env.string(name)?, function(name, callback)?)?;
    }
    state.set_later(env.run_script(include_str!("later.js"))?, function("ponton", Some(enter::<Turning>))?)?;
    let factory = env.run_script(ponton_js::RUNTIME)?;
    env.call_value(factory, &[native])
}

/// One of the functions that `runtime.js` calls.
trait Native {
    fn run(state: &State, args: &[Value]) -> Settled<Value>;
}

/// More than most calls have: id, ticket, receiver, and eight arguments.
const ROOM: usize = 11;

unsafe extern "C" fn enter<N: Native>(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut room = [ptr::null_mut(); ROOM];
    let mut many = Vec::new();
    let mut count = room.len();
    let mut data: *mut c_void = ptr::null_mut();
    // SAFETY: Node called us with both; there is room for `count` arguments.
    let status =
        unsafe { sys::napi_get_cb_info(env, info, &raw mut count, room.as_mut_ptr(), ptr::null_mut(), &raw mut data) };
    if status != sys::Status::napi_ok {
        return ptr::null_mut();
    }
    let given = if count <= room.len() {
        &room[..count]
    } else {
        many.resize(count, ptr::null_mut());
        // SAFETY: as above, now with room for all of them.
        unsafe {
            sys::napi_get_cb_info(env, info, &raw mut count, many.as_mut_ptr(), ptr::null_mut(), ptr::null_mut());
        }
        &many[..]
    };
    // SAFETY: `Value` is a transparent wrapper, and these belong to this callback.
    let args = unsafe { std::slice::from_raw_parts(given.as_ptr().cast::<Value>(), given.len()) };
    // SAFETY: the state that `register` gave, freed after the last callback.
    let state = unsafe { &*data.cast::<State>() };
    match caught(state.engine(), || N::run(state, args)) {
        Ok(value) => value.raw(),
        Err(error) => {
            state.engine().env().throw(error);
            ptr::null_mut()
        }
    }
}

struct Calling;

impl Native for Calling {
    fn run(state: &State, args: &[Value]) -> Settled<Value> {
        let engine = state.engine();
        let env = engine.env();
        let [id, ticket, handle, values @ ..] = args else { return Ok(env.undefined()) };
        let Some(function) = engine.registry().function(env.as_u32(*id) as usize) else { return Ok(env.undefined()) };
        let args = Args { engine, desc: function.desc, class: function.class, handle: *handle, values };
        function.thunk.run(NodeCall { state, args, ticket: *ticket })
    }
}

struct Starting;

impl Native for Starting {
    fn run(state: &State, args: &[Value]) -> Settled<Value> {
        state.start(slot(state, args))
    }
}

struct Cancelling;

impl Native for Cancelling {
    fn run(state: &State, args: &[Value]) -> Settled<Value> {
        let answer = state.cancel(slot(state, args));
        Ok(state.engine().new_number(f64::from(answer as u32)))
    }
}

struct Turning;

impl Native for Turning {
    fn run(state: &State, _: &[Value]) -> Settled<Value> {
        state.on_turn();
        Ok(state.engine().undefined())
    }
}

struct Discarding;

impl Native for Discarding {
    fn run(state: &State, args: &[Value]) -> Settled<Value> {
        state.discard(slot(state, args));
        Ok(state.engine().undefined())
    }
}

struct Unreffing;

impl Native for Unreffing {
    fn run(state: &State, args: &[Value]) -> Settled<Value> {
        state.unref(slot(state, args));
        Ok(state.engine().undefined())
    }
}

struct Telling;

impl Native for Telling {
    fn run(state: &State, _: &[Value]) -> Settled<Value> {
        let engine = state.engine();
        engine.scope(|| live(engine));
        Ok(engine.undefined())
    }
}

struct Answering;

impl Native for Answering {
    fn run(state: &State, args: &[Value]) -> Settled<Value> {
        let env = state.engine().env();
        let [request, failed, value] = args else { return Ok(Value::NOTHING) };
        let early = state.answer(env.as_u32(*request), env.as_bool(*failed), *value);
        Ok(if early { env.bool(true) } else { Value::NOTHING })
    }
}

struct Connecting;

impl Native for Connecting {
    fn run(state: &State, args: &[Value]) -> Settled<Value> {
        let engine = state.engine();
        let connected = args.first().map_or(Ok(()), |hooks| engine.connect(*hooks));
        connected.map(|()| engine.undefined()).map_err(|failure| match failure {
            Failure::Thrown(error) => error,
            Failure::Convert(_) => engine.undefined(),
        })
    }
}

fn slot(state: &State, args: &[Value]) -> u32 {
    args.first().map_or(u32::MAX, |slot| state.engine().env().as_u32(*slot))
}
