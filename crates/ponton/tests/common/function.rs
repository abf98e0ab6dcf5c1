//! Functions of the host in memory, as Rust calls them: at once, on any thread.

use std::collections::BTreeMap;
use std::sync::Arc;

use ponton::__private::{Given, HostError, Methods};
use ponton_core::convert::ConvertError;
use ponton_core::host::error::Origin;
use ponton_core::host::function::{Arguments, Asker, Callee, Signature, Started};
use ponton_core::host::lane::{Errand, Lane};

use super::Value;
use super::value::Function;
use super::writer::Build;

/// What a function of the host's raised.
pub struct Exception(pub Value);

impl Origin for Exception {}

/// The methods of one object.
pub struct MethodsOf(pub(super) BTreeMap<&'static str, Function>);

impl Methods for MethodsOf {
    type Error = ConvertError;

    fn method<S: Signature>(&mut self) -> Result<Arc<dyn Callee<S>>, ConvertError> {
        let name = S::DESC.name.rust;
        let found = self.0.get(name).cloned().ok_or_else(|| ConvertError::expected(name, "no such method"))?;
        Ok(Arc::new(Called(found)))
    }
}

/// Every thread is the host's.
struct Anywhere;

impl Lane for Anywhere {
    fn is_here(&self) -> bool {
        true
    }
    fn post(&self, errand: Arc<dyn Errand>) -> Result<(), Arc<dyn Errand>> {
        Err(errand)
    }
    fn is_open(&self) -> bool {
        true
    }
    fn fail(&self, error: HostError) {
        panic!("nobody waits for {error}")
    }
}

pub(super) struct Called(pub(super) Function);

impl<S: Signature> Callee<S> for Called {
    fn is_here(&self) -> bool {
        true
    }
    fn lane(&self) -> Option<Arc<dyn Lane>> {
        Some(Arc::new(Anywhere))
    }
    fn call(&self, args: S::Args, _: Option<&Arc<dyn Lane>>) -> Result<S::Given, HostError> {
        let passed = args.write(&mut Build::default(), <[Value]>::to_vec).expect("arguments that can be written");
        let raised = match (self.0.0)(passed) {
            Ok(value) => match S::Given::value(value) {
                Ok(given) => return Ok(given),
                Err(error) => Value::Text(error.to_string()),
            },
            Err(raised) => raised,
        };
        let class = match &raised {
            Value::Error(error) => error.class,
            _ => "Text",
        };
        let error = HostError::of(class.to_owned(), format!("{raised:?}"), String::new(), Exception(raised.clone()));
        S::Given::raised(raised, error)
    }
    fn start(&self, args: S::Args, lane: &Arc<dyn Lane>, _: &Asker<S::Given>) -> Started<S::Given> {
        Started::Done(Callee::<S>::call(self, args, Some(lane)))
    }
}
