//! Values that JavaScript keeps for us.

use ponton_core::convert::ConvertError;
use ponton_core::host::error::Origin;
use ponton_core::host::function::Given;
use ponton_core::host::{self, HostError};

use super::link::Link;
use crate::answer::{failure, throw};
use crate::engine::{Engine, Failure, Hook};
use crate::read::JsReader;

/// A value that JavaScript keeps until this is dropped, on whatever thread.
pub(crate) struct Held<E: Engine> {
    link: E::Link,
    index: u32,
}

impl<E: Engine> Held<E> {
    /// Of `value`, or of a method of it.
    pub(crate) fn new(engine: &E, value: &E::Value, method: Option<&str>) -> Result<Self, Failure<E::Value>> {
        let method = method.map_or_else(|| Ok(engine.undefined()), |name| engine.new_string(name))?;
        let index = engine.call_hook(Hook::Hold, &[value.clone(), method])?;
        Ok(Self::at(engine, engine.as_number(&index)))
    }

    /// What a hook holds at `index`.
    pub(super) fn at(engine: &E, index: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in an array")]
        let index = index as u32;
        Self { link: engine.link().clone(), index }
    }

    pub(crate) const fn link(&self) -> &E::Link {
        &self.link
    }

    /// Its place, as hooks take it.
    pub(crate) fn place(&self, engine: &E) -> E::Value {
        engine.new_number(f64::from(self.index))
    }
}

impl<E: Engine> Drop for Held<E> {
    fn drop(&mut self) {
        let released =
            self.link.with(|engine| engine.scope(|| engine.call_hook(Hook::Release, &[self.place(engine)]).is_ok()));
        // Elsewhere, or the stack is full: later; on the web, whose stack is full, never.
        if released != Some(true) {
            self.link.release(self.index);
        }
    }
}

impl<E: Engine> Origin for Held<E> {}

/// The error that Rust sees of what JavaScript threw.
pub(crate) fn explain<E: Engine>(engine: &E, thrown: &E::Value) -> HostError {
    let explained = engine.call_hook(Hook::Explain, std::slice::from_ref(thrown)).and_then(|parts| {
        let held = Held::at(engine, engine.as_number(&engine.item(&parts, 3)?));
        let text = |index| engine.item(&parts, index).map(|part| engine.as_string(&part).unwrap_or_default());
        Ok(HostError::of(text(0)?, text(1)?, text(2)?, held))
    });
    explained.unwrap_or_else(|failure| glance(engine, failure))
}

/// What can be seen of `failure` without running any JavaScript: the stack is full, or the environment is going away.
fn glance<E: Engine>(engine: &E, failure: Failure<E::Value>) -> HostError {
    let Failure::Thrown(error) = failure else { return gone() };
    let text = |name| engine.property(&error, name).ok().and_then(|text| engine.string(&text));
    match (text("name"), text("message")) {
        (Some(name), Some(message)) => HostError::new(name, message),
        _ => gone(),
    }
}

/// What a call of host code fails with when its environment is going away.
pub(crate) fn gone() -> HostError {
    HostError::new("AbortedError", "the JavaScript environment ended while Rust waited for its code")
}

/// What Rust gets when JavaScript threw `thrown`. `Err` ends the bridged call.
pub(crate) fn given_raised<E: Engine, G: Given>(engine: &E, thrown: E::Value) -> Result<G, HostError> {
    let error = explain(engine, &thrown);
    G::raised(JsReader::new(engine, thrown), error)
}

/// As [`given_raised`], for a value that does not fit: it becomes an error of JavaScript's first.
pub(crate) fn given_failure<E: Engine, G: Given>(
    engine: &E,
    failure: Failure<E::Value>,
    place: impl FnOnce() -> String,
) -> Result<G, HostError> {
    let thrown = match failure {
        Failure::Thrown(thrown) => thrown,
        Failure::Convert(error) => {
            let inner = if error.path.is_empty() { String::new() } else { format!(" '{}'", error.path) };
            throw(engine, ConvertError::new(error.kind, format!("{}{inner}: {}", place(), error.message)))
        }
    };
    given_raised(engine, thrown)
}

/// The very value that JavaScript threw; where there is none, or another environment has it, an `Error` that says the
/// same.
pub fn raised<E: Engine>(engine: &E, error: &HostError) -> E::Value {
    let held = error.origin::<Held<E>>().filter(|held| held.link.is_same(engine.link()));
    if let Some(held) = held
        && let Ok(value) = engine.call_hook(Hook::Held, &[held.place(engine)])
    {
        return value;
    }
    failure(engine, 2.0, &format!("{error}"))
}

/// [`raised`], of what has ended a call that had no place for it. Without host code there is no such end.
pub(crate) fn ended<E: Engine>(engine: &E, error: &HostError) -> E::Value {
    if host::is_absent() { engine.undefined() } else { raised(engine, error) }
}
