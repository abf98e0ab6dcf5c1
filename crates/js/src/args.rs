//! The arguments of one call.

use std::sync::Arc;

use ponton_core::convert::{ConvertError, FromHost};
use ponton_core::desc::{FnDesc, FnKind};
use ponton_core::module::Object;
use ponton_core::text::joined;

use crate::answer::throw;
use crate::engine::{Engine, Failure, Kind};
use crate::read::JsReader;

/// What a call came with. The methods fail with the JavaScript error to throw.
pub struct Args<'a, E: Engine> {
    /// The engine.
    pub engine: &'a E,
    /// The function that is called.
    pub desc: &'static FnDesc,
    /// The name of the class it belongs to.
    pub class: Option<&'static str>,
    /// The receiver's handle.
    pub handle: E::Value,
    /// What was passed.
    pub values: &'a [E::Value],
}

impl<E: Engine> Args<'_, E> {
    /// The receiver.
    pub fn receiver<T: Object>(&self) -> Result<Arc<T>, E::Value> {
        // `runtime.js` checks the brand; only a foreign copy of it could get here with something else.
        self.engine.handle::<T>(&self.handle).ok_or_else(|| {
            let message = joined(&[&self.label(), " was called on something else than a ", T::DESC.name]);
            throw(self.engine, ConvertError::new(ponton_core::convert::ConvertErrorKind::Type, message))
        })
    }

    /// Argument `index`; where it was left out the type's absent value, if it has one.
    pub fn arg<T: FromHost>(&self, index: usize) -> Result<T, E::Value> {
        if !T::OPTIONAL {
            return match self.values.get(index) {
                Some(value) => self.read(index, value.clone()),
                None => Err(self.missing(index)),
            };
        }
        match self.given(index) {
            Some(value) => self.read(index, value),
            None => T::absent().map_or_else(|| self.read(index, self.engine.undefined()), Ok),
        }
    }

    /// Argument `index`, or `default()` where it was left out.
    pub fn arg_or<T: FromHost>(&self, index: usize, default: impl FnOnce() -> T) -> Result<T, E::Value> {
        match self.given(index) {
            Some(value) => self.read(index, value),
            None => Ok(default()),
        }
    }

    fn given(&self, index: usize) -> Option<E::Value> {
        self.values.get(index).filter(|value| self.engine.kind(value) != Kind::Undefined).cloned()
    }

    fn read<T: FromHost>(&self, index: usize, value: E::Value) -> Result<T, E::Value> {
        T::from_host(JsReader::new(self.engine, value)).map_err(|failure| self.refused(index, failure))
    }

    /// `get() argument 'id': expected bigint or number, got string`. Once, and not for each type.
    #[cold]
    #[inline(never)]
    fn refused(&self, index: usize, failure: Failure<E::Value>) -> E::Value {
        match failure {
            Failure::Thrown(thrown) => thrown,
            Failure::Convert(error) => {
                let error = error.in_field(self.name(index));
                let message = joined(&[&self.label(), " argument '", &error.path, "': ", &error.message]);
                throw(self.engine, ConvertError::new(error.kind, message))
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn missing(&self, index: usize) -> E::Value {
        let message = joined(&[&self.label(), " is missing argument '", self.name(index), "'"]);
        throw(self.engine, ConvertError::new(ponton_core::convert::ConvertErrorKind::Type, message))
    }

    fn name(&self, index: usize) -> &'static str {
        self.desc.params.get(index).map_or("", |param| param.name.js)
    }

    fn label(&self) -> String {
        label(self.desc, self.class)
    }
}

/// How messages name a function: `get()`, `new Client()`.
pub(crate) fn label(desc: &FnDesc, class: Option<&str>) -> String {
    match (desc.kind, class) {
        (FnKind::Constructor, Some(class)) => joined(&["new ", class, "()"]),
        _ => joined(&[desc.name.js, "()"]),
    }
}
