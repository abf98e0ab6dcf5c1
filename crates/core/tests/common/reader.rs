//! What comes in from the host in memory: exceptions, as far as errors are read from them, and awaitables.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ponton_core::convert::{ConvertError, Fields, FromHost, Int, Methods, Reader};
use ponton_core::desc::{CallbackDesc, EnumDesc, RecordDesc};
use ponton_core::host::HostError;
use ponton_core::host::function::{Asker, Callee, Given, Signature, Started};
use ponton_core::host::lane::Lane;
use ponton_core::module::{Object, TypeSlot};

use super::host::Loop;

pub(crate) enum Value {
    /// The index of its class among the variants of the enum it belongs to.
    Exception(Option<usize>),
    /// It fails when it is awaited.
    Awaitable(Arc<Awaitable>),
}

/// It writes down when it is awaited.
pub(crate) struct Awaitable {
    pub(crate) home: Loop,
    pub(crate) lane: Arc<dyn Lane>,
}

impl<S: Signature<Args = ()>> Callee<S> for Awaitable {
    fn is_here(&self) -> bool {
        self.home.is_here()
    }
    fn lane(&self) -> Option<Arc<dyn Lane>> {
        Some(Arc::clone(&self.lane))
    }
    fn call(&self, (): (), _: Option<&Arc<dyn Lane>>) -> Result<S::Given, HostError> {
        unreachable!()
    }
    fn start(&self, (): (), _: &Arc<dyn Lane>, _: &Asker<S::Given>) -> Started<S::Given> {
        self.home.note("await");
        Started::Done(S::Given::failed(HostError::new("Boom", "")))
    }
}

/// There are none.
pub(crate) struct Nothing;

impl Fields for Nothing {
    type Error = ConvertError;
    fn field<T: FromHost>(&mut self, _: usize) -> Result<T, ConvertError> {
        unreachable!()
    }
}

impl Methods for Nothing {
    type Error = ConvertError;
    fn method<S: Signature>(&mut self) -> Result<Arc<dyn Callee<S>>, ConvertError> {
        unreachable!()
    }
}

type Read<T> = Result<T, ConvertError>;

impl Reader for Value {
    type Error = ConvertError;
    type Fields = Nothing;
    type Methods = Nothing;

    fn error(self, _: &'static EnumDesc, _: &'static TypeSlot) -> Option<(usize, Nothing)> {
        match self {
            Self::Exception(variant) => variant.map(|variant| (variant, Nothing)),
            Self::Awaitable(_) => None,
        }
    }

    fn unit(self) -> Read<()> {
        unreachable!()
    }
    fn bool(self) -> Read<bool> {
        unreachable!()
    }
    fn int<T: Int>(self) -> Read<T> {
        unreachable!()
    }
    fn float(self) -> Read<f64> {
        unreachable!()
    }
    fn string(self) -> Read<String> {
        unreachable!()
    }
    fn bytes(self) -> Read<Bytes> {
        unreachable!()
    }
    fn duration(self) -> Read<Duration> {
        unreachable!()
    }
    fn system_time(self) -> Read<SystemTime> {
        unreachable!()
    }
    fn option<T>(self, _: impl FnOnce(Self) -> Read<T>) -> Read<Option<T>> {
        unreachable!()
    }
    fn list<T>(self, _: impl FnMut(Self) -> Read<T>) -> Read<Vec<T>> {
        unreachable!()
    }
    fn map<T>(self, _: impl FnMut(Self) -> Read<T>) -> Read<Vec<(String, T)>> {
        unreachable!()
    }
    fn tuple(self, _: usize) -> Read<Nothing> {
        unreachable!()
    }
    fn record(self, _: &'static RecordDesc, _: &'static TypeSlot) -> Read<Nothing> {
        unreachable!()
    }
    fn plain_enum(self, _: &'static EnumDesc, _: &'static TypeSlot) -> Read<usize> {
        unreachable!()
    }
    fn union(self, _: &'static EnumDesc, _: &'static TypeSlot) -> Read<(usize, Nothing)> {
        unreachable!()
    }
    fn object<T: Object>(self) -> Read<Arc<T>> {
        unreachable!()
    }
    fn function<S: Signature>(self) -> Read<Arc<dyn Callee<S>>> {
        unreachable!()
    }
    fn awaitable<S: Signature<Args = ()>>(self) -> Read<Arc<dyn Callee<S>>> {
        match self {
            Self::Awaitable(awaitable) => Ok(awaitable),
            Self::Exception(_) => unreachable!(),
        }
    }
    fn methods(self, _: &'static CallbackDesc) -> Read<Nothing> {
        unreachable!()
    }
}
