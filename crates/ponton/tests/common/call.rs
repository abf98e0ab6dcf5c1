//! How the host in memory calls.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ponton::__private::{Call, FnDesc, FromHost, Function, IntoHost, Object, Raise, Return};
use ponton_core::convert::{ConvertError, ConvertErrorKind};
use ponton_core::marker::MaybeSend;
use ponton_core::task::Habit;

use super::reader::lending;
use super::writer::Build;
use super::{Instance, Value};

/// How the author's function was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    Sync,
    Setup,
    Construct,
    Future,
    Spawn,
    Local,
    Blocking,
}

/// What came of a call: a value, or what was raised. A value that cannot be written is `Unwritable`.
pub struct Answer {
    pub ran: Ran,
    outcome: Pin<Box<dyn Future<Output = Result<Value, Value>>>>,
}

impl Answer {
    /// The value.
    ///
    /// # Panics
    /// When something was raised.
    pub fn value(self) -> Value {
        self.outcome().expect("a value")
    }

    /// What was raised.
    ///
    /// # Panics
    /// When nothing was.
    pub fn raised(self) -> Value {
        self.outcome().expect_err("an error")
    }

    /// Both, by polling as long as the future wakes nobody but us.
    pub fn outcome(mut self) -> Result<Value, Value> {
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..100 {
            if let Poll::Ready(outcome) = self.outcome.as_mut().poll(&mut cx) {
                return outcome;
            }
        }
        panic!("still pending after 100 polls")
    }
}

/// One function, compiled for this host.
pub struct Entry {
    desc: &'static FnDesc,
    call: fn(TestCall) -> Result<Answer, ConvertError>,
}

impl Entry {
    pub fn of<F: Function>() -> Self {
        Self { desc: F::DESC, call: F::call::<TestCall> }
    }

    pub fn call(&self, receiver: Option<Instance>, args: Vec<Option<Value>>) -> Result<Answer, ConvertError> {
        (self.call)(TestCall { desc: self.desc, receiver, args })
    }
}

/// One call under way.
pub struct TestCall {
    desc: &'static FnDesc,
    receiver: Option<Instance>,
    args: Vec<Option<Value>>,
}

impl TestCall {
    fn take(&mut self, index: usize) -> Option<Value> {
        self.args.get_mut(index).and_then(Option::take)
    }

    fn missing<T>(&self, index: usize) -> Result<T, ConvertError> {
        let error = ConvertError::new(ConvertErrorKind::Type, "missing");
        Err(error.in_field(self.desc.params[index].name.rust))
    }
}

fn write<R: Return>(returned: R) -> Result<Value, Value> {
    let mut build = Build::default();
    let unwritable = |error: ConvertError| Value::Text(error.to_string());
    match returned.into_result() {
        Ok(value) => value.into_host(&mut build).map_err(unwritable),
        Err(error) => Err(error.raise(&mut build).unwrap_or_else(unwritable)),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of every way to answer")]
fn now<R: Return>(ran: Ran, returned: R) -> Result<Answer, ConvertError> {
    Ok(Answer { ran, outcome: Box::pin(std::future::ready(write(returned))) })
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of every way to answer")]
fn later<F>(ran: Ran, future: F) -> Result<Answer, ConvertError>
where
    F: Future + 'static,
    F::Output: Return,
{
    Ok(Answer { ran, outcome: Box::pin(async { write(future.await) }) })
}

impl Call for TestCall {
    type Return = Answer;
    type Error = ConvertError;

    fn receiver<T: Object>(&mut self) -> Result<Arc<T>, ConvertError> {
        self.receiver.take().expect("a receiver").downcast()
    }
    fn arg<T: FromHost>(&mut self, index: usize) -> Result<T, ConvertError> {
        let name = self.desc.params[index].name.rust;
        match self.take(index) {
            Some(value) => T::from_host(value).map_err(|error| error.in_field(name)),
            None => T::absent().map_or_else(|| self.missing(index), Ok),
        }
    }
    fn arg_or<T: FromHost>(&mut self, index: usize, default: impl FnOnce() -> T) -> Result<T, ConvertError> {
        let name = self.desc.params[index].name.rust;
        match self.take(index) {
            Some(value) => T::from_host(value).map_err(|error| error.in_field(name)),
            None => Ok(default()),
        }
    }
    fn sync<R: Return>(self, body: impl FnOnce() -> R) -> Result<Answer, ConvertError> {
        now(Ran::Sync, lending(body))
    }
    fn setup<R: Return>(self, body: impl FnOnce() -> R) -> Result<Answer, ConvertError> {
        now(Ran::Setup, body())
    }
    fn construct<T, R>(self, body: impl FnOnce() -> R) -> Result<Answer, ConvertError>
    where
        T: Object + IntoHost,
        R: Return<Ok = T>,
    {
        now(Ran::Construct, body())
    }
    fn future<F>(self, _: &'static Habit, future: F) -> Result<Answer, ConvertError>
    where
        F: Future + MaybeSend + 'static,
        F::Output: Return + MaybeSend,
    {
        later(Ran::Future, future)
    }
    fn spawn<F>(self, future: F) -> Result<Answer, ConvertError>
    where
        F: Future + MaybeSend + 'static,
        F::Output: Return + MaybeSend,
    {
        later(Ran::Spawn, future)
    }
    fn local<F>(self, future: F) -> Result<Answer, ConvertError>
    where
        F: Future + 'static,
        F::Output: Return,
    {
        later(Ran::Local, future)
    }
    fn blocking<R, B>(self, body: B) -> Result<Answer, ConvertError>
    where
        R: Return + MaybeSend,
        B: FnOnce() -> R + MaybeSend + 'static,
    {
        now(Ran::Blocking, body())
    }
}
