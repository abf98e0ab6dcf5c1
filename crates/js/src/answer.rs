//! What a call gives back: a value, or an error to throw or reject with.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use ponton_core::convert::{ConvertError, ConvertErrorKind, IntoHost};
use ponton_core::desc::FnDesc;
use ponton_core::module::{Object, Raise, Return};
use ponton_core::panic::{Caught, PanicMessage};
use ponton_core::task::Outcome;
use ponton_core::text::joined;

use crate::args::label;
use crate::engine::{Engine, Failure, Handle, Hook};
use crate::host::held::ended;
use crate::write::JsWriter;

/// `Ok`: resolve with it, or return it. `Err`: reject with it, or throw it.
pub type Settled<V> = Result<V, V>;

/// The JavaScript error that `error` becomes.
#[expect(clippy::needless_pass_by_value, reason = "it is used up: an error is thrown once")]
pub fn throw<E: Engine>(engine: &E, error: ConvertError) -> E::Value {
    let kind = match error.kind {
        ConvertErrorKind::Type | ConvertErrorKind::Unicode => 0.0,
        ConvertErrorKind::Range | ConvertErrorKind::Value => 1.0,
    };
    let place = if error.path.is_empty() { "" } else { ": " };
    failure(engine, kind, &joined(&[&error.path, place, &error.message]))
}

/// See [`Hook::Fail`].
pub(crate) fn failure<E: Engine>(engine: &E, kind: f64, message: &str) -> E::Value {
    make(engine, || Ok([engine.new_number(kind), engine.new_string(message)?]), Hook::Fail)
}

/// What an unwinding becomes: the `PanicError` of a panic, or the very value that host code threw.
pub fn caught<E: Engine>(engine: &E, caught: &Caught) -> E::Value {
    match caught {
        Caught::Raised(error) => ended(engine, error),
        Caught::Panicked(panic) => panicked(engine, panic),
    }
}

/// The `PanicError` of `panic`.
pub fn panicked<E: Engine>(engine: &E, panic: &PanicMessage) -> E::Value {
    make(engine, || Ok([engine.new_string(&panic.message)?]), Hook::Panic)
}

/// The `AbortError` of a call that Rust gave up.
pub fn aborted<E: Engine>(engine: &E) -> E::Value {
    make(engine, || Ok([]), Hook::Aborted)
}

fn make<E: Engine, const N: usize>(
    engine: &E,
    args: impl FnOnce() -> Result<[E::Value; N], Failure<E::Value>>,
    hook: Hook,
) -> E::Value {
    match args().and_then(|args| engine.call_hook(hook, &args)) {
        Ok(error) | Err(Failure::Thrown(error)) => error,
        // Making an error converts nothing that could be refused, so the engine is going away.
        Err(Failure::Convert(_)) => engine.undefined(),
    }
}

/// The answer of a function that gave `returned`.
///
/// Runs the author's `Display` of an error; a panic in there is the answer then.
pub fn answer<E: Engine, R: Return>(engine: &E, desc: &'static FnDesc, returned: R) -> Settled<E::Value> {
    let written = panic::catch_unwind(AssertUnwindSafe(|| {
        let writer = &mut JsWriter::new(engine, desc.number);
        match returned.into_result() {
            Ok(value) => value.into_host(writer),
            Err(error) => Err(Failure::Thrown(error.raise(writer)?)),
        }
    }));
    match written {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Failure::Thrown(error))) => Err(error),
        Ok(Err(Failure::Convert(error))) => {
            let (open, close) = if error.path.is_empty() { ("", "") } else { (" '", "'") };
            let message = joined(&[&label(desc, None), " result", open, &error.path, close, ": ", &error.message]);
            Err(throw(engine, ConvertError::new(error.kind, message)))
        }
        Err(payload) => Err(caught(engine, &Caught::from_payload(payload))),
    }
}

/// The answer of a constructor: the handle, which the class that is being constructed takes in.
pub fn constructed<E, T, R>(engine: &E, desc: &'static FnDesc, made: R) -> Settled<E::Value>
where
    E: Engine,
    T: Object + IntoHost,
    R: Return<Ok = T>,
{
    match made.into_result() {
        Ok(object) => engine.new_handle(Handle::new(Arc::new(object))).map_err(|failure| match failure {
            Failure::Thrown(error) => error,
            Failure::Convert(error) => throw(engine, error),
        }),
        Err(error) => answer(engine, desc, Err::<(), R::Err>(error)),
    }
}

/// The answer of a task that ended so.
pub fn answer_outcome<E: Engine, R: Return>(
    engine: &E,
    desc: &'static FnDesc,
    outcome: Outcome<R>,
) -> Settled<E::Value> {
    match outcome {
        Outcome::Ready(returned) => answer(engine, desc, returned),
        Outcome::Panicked(panic) => Err(panicked(engine, &panic)),
        Outcome::Raised(error) => Err(ended(engine, &error)),
        // A cancel by signal has rejected the promise long before; nobody sees this.
        Outcome::Cancelled | Outcome::Aborted => Err(aborted(engine)),
    }
}
