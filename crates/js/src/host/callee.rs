//! Functions, methods and promises of JavaScript's, as Rust calls and awaits them.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ponton_core::convert::Methods;
use ponton_core::desc::CallbackDesc;
use ponton_core::host::HostError;
use ponton_core::host::function::{Arguments, Asker, Callee, Given, Reply, Signature, Started};
use ponton_core::host::lane::Lane;

use super::held::{Held, given_failure, given_raised, gone};
use super::lane::{CallLane, lane_of, slot_of};
use super::link::Link;
use super::requests::{Stopper, Ticket, Waiting};
use crate::engine::{Engine, Failure, Hook, Kind};
use crate::read::JsReader;
use crate::write::JsWriter;

/// A function, a method or a promise.
pub(crate) struct HostCode<E: Engine, S> {
    held: Held<E>,
    hook: Hook,
    signature: PhantomData<fn() -> S>,
}

impl<E: Engine, S: Signature> HostCode<E, S> {
    /// `value`, which can be called, or has such a `method`.
    pub(crate) fn function(
        engine: &E,
        value: &E::Value,
        method: Option<&str>,
    ) -> Result<Arc<dyn Callee<S>>, Failure<E::Value>> {
        Ok(Self::shared(Held::new(engine, value, method)?, Hook::Invoke))
    }

    fn shared(held: Held<E>, hook: Hook) -> Arc<dyn Callee<S>> {
        Arc::new(Self { held, hook, signature: PhantomData })
    }

    /// Calls it, or waits for it.
    fn run(
        &self,
        engine: &E,
        lane: Option<&Arc<dyn Lane>>,
        request: &E::Value,
        args: S::Args,
    ) -> Result<E::Value, Failure<E::Value>> {
        args.write(&mut JsWriter::new(engine, false), |args| {
            let args = if args.is_empty() { engine.undefined() } else { engine.new_array(args)? };
            let place = self.held.place(engine);
            engine.call_hook(self.hook, &[slot_of(engine, lane), place, request.clone(), args])
        })?
    }
}

/// How messages name it: `Auth.token()`, `progress()`; a promise has no name of its own.
fn label<S: Signature>() -> String {
    match S::OWNER {
        Some(owner) => format!("{owner}.{}()", S::DESC.name.js),
        None => format!("{}()", S::DESC.name.js),
    }
}

/// What Rust gets of `value`.
fn given<E: Engine, S: Signature>(engine: &E, value: E::Value) -> Result<S::Given, HostError> {
    match S::Given::value(JsReader::new(engine, value)) {
        Ok(given) => Ok(given),
        Err(failure) => given_failure(engine, failure, || format!("{} result", label::<S>())),
    }
}

/// What Rust gets when the call did not work, or an argument is none that JavaScript can hold.
fn not_given<E: Engine, S: Signature>(engine: &E, failure: Failure<E::Value>) -> Result<S::Given, HostError> {
    given_failure(engine, failure, || format!("{} argument", label::<S>()))
}

impl<E: Engine, S: Signature> Callee<S> for HostCode<E, S> {
    fn is_here(&self) -> bool {
        self.held.link().is_here()
    }

    fn lane(&self) -> Option<Arc<dyn Lane>> {
        Some(CallLane::<E>::unowned(self.held.link().clone()))
    }

    fn takes(&self, lane: &dyn Lane) -> bool {
        // A function of one environment cannot be called in another.
        lane_of::<E>(lane).is_some_and(|lane| lane.leads_to(self.held.link()))
    }

    fn call(&self, args: S::Args, lane: Option<&Arc<dyn Lane>>) -> Result<S::Given, HostError> {
        let called = self.held.link().with(|engine| {
            engine.scope(|| match self.run(engine, lane, &engine.new_number(-1.0), args) {
                Ok(value) => given::<E, S>(engine, value),
                Err(failure) => not_given::<E, S>(engine, failure),
            })
        });
        called.unwrap_or_else(|| S::Given::failed(gone()))
    }

    fn start(&self, args: S::Args, lane: &Arc<dyn Lane>, asker: &Asker<S::Given>) -> Started<S::Given> {
        let link = self.held.link();
        let started = link.with(|engine| {
            let requests = engine.requests();
            let ticket = requests.reserve();
            let done = engine.scope(|| match self.run(engine, Some(lane), &ticket.number(engine), args) {
                Ok(answer) if engine.kind(&answer) == Kind::Undefined => None,
                Ok(answer) => match engine.item(&answer, 0) {
                    Ok(value) => Some(given::<E, S>(engine, value)),
                    Err(failure) => Some(not_given::<E, S>(engine, failure)),
                },
                Err(failure) => Some(not_given::<E, S>(engine, failure)),
            });
            if let Some(result) = done {
                requests.free(ticket);
                return Started::Done(result);
            }
            requests.wait(ticket, Box::new(Awaited::<S>(asker.reply())));
            Started::Running(Box::new(Stopper::<E> { link: link.clone(), ticket }))
        });
        started.unwrap_or_else(|| Started::Done(S::Given::failed(gone())))
    }
}

/// What Rust awaits, if it is something to await.
type Awaitable<E, S> = Result<Option<Arc<dyn Callee<S>>>, Failure<<E as Engine>::Value>>;

/// `value` as something to await.
pub(crate) fn awaitable<E: Engine, S: Signature>(engine: &E, value: &E::Value) -> Awaitable<E, S> {
    let requests = engine.requests();
    let ticket = requests.expect();
    let place = match engine.call_hook(Hook::Promise, &[value.clone(), ticket.number(engine)]) {
        Ok(place) => engine.as_number(&place),
        Err(failure) => {
            requests.free(ticket);
            return Err(failure);
        }
    };
    if place < -1.0 {
        return Ok(Some(Arc::new(Promised::<E> {
            link: engine.link().clone(),
            ticket,
            asked: AtomicBool::new(false),
        })));
    }
    requests.free(ticket);
    Ok((place >= 0.0).then(|| HostCode::<E, S>::shared(Held::at(engine, place), Hook::Await)))
}

/// A promise: JavaScript listens to it from the first, and Rust may ask late.
struct Promised<E: Engine> {
    link: E::Link,
    ticket: Ticket,
    /// Whether Rust waits for it, or has it.
    asked: AtomicBool,
}

impl<E: Engine, S: Signature> Callee<S> for Promised<E> {
    fn is_here(&self) -> bool {
        self.link.is_here()
    }

    fn lane(&self) -> Option<Arc<dyn Lane>> {
        Some(CallLane::<E>::unowned(self.link.clone()))
    }

    fn takes(&self, lane: &dyn Lane) -> bool {
        lane_of::<E>(lane).is_some_and(|lane| lane.leads_to(&self.link))
    }

    /// A promise is only awaited.
    fn call(&self, _: S::Args, _: Option<&Arc<dyn Lane>>) -> Result<S::Given, HostError> {
        S::Given::failed(gone())
    }

    fn start(&self, _: S::Args, _: &Arc<dyn Lane>, asker: &Asker<S::Given>) -> Started<S::Given> {
        self.asked.store(true, Ordering::Relaxed);
        let started = self.link.with(|engine| {
            let requests = engine.requests();
            if requests.is_early(self.ticket) {
                let given = engine.scope(|| self.early::<S>(engine));
                requests.free(self.ticket);
                return Started::Done(given);
            }
            requests.wait(self.ticket, Box::new(Awaited::<S>(asker.reply())));
            Started::Running(Box::new(Stopper::<E> { link: self.link.clone(), ticket: self.ticket }))
        });
        started.unwrap_or_else(|| Started::Done(S::Given::failed(gone())))
    }
}

impl<E: Engine> Promised<E> {
    /// What it gave before Rust asked.
    fn early<S: Signature>(&self, engine: &E) -> Result<S::Given, HostError> {
        let none = engine.new_number(-1.0);
        let answer = engine.call_hook(Hook::Await, &[none.clone(), none, self.ticket.number(engine)]);
        match answer.and_then(|answer| Ok((engine.item(&answer, 0)?, engine.item(&answer, 1)?))) {
            Ok((failed, value)) if engine.as_bool(&failed) => given_raised(engine, value),
            Ok((_, value)) => given::<E, S>(engine, value),
            Err(failure) => not_given::<E, S>(engine, failure),
        }
    }
}

impl<E: Engine> Drop for Promised<E> {
    fn drop(&mut self) {
        if !*self.asked.get_mut() {
            Stopper::<E> { link: self.link.clone(), ticket: self.ticket }.stop_from_anywhere();
        }
    }
}

/// The way back for the answer of a promise.
struct Awaited<S: Signature>(Reply<S::Given>);

impl<E: Engine, S: Signature> Waiting<E> for Awaited<S> {
    fn answer(self: Box<Self>, engine: &E, failed: bool, value: E::Value) {
        let result = engine.scope(|| if failed { given_raised(engine, value) } else { given::<E, S>(engine, value) });
        self.0.answer(result);
    }
}

/// The methods of one object.
pub struct JsMethods<'e, E: Engine> {
    pub(crate) engine: &'e E,
    pub(crate) value: E::Value,
}

impl<E: Engine> Methods for JsMethods<'_, E> {
    type Error = Failure<E::Value>;

    fn method<S: Signature>(&mut self) -> Result<Arc<dyn Callee<S>>, Self::Error> {
        HostCode::<E, S>::function(self.engine, &self.value, Some(S::DESC.name.js))
    }
}

/// The first method of `desc` that `value`, an object, does not have.
pub(crate) fn missing<E: Engine>(
    engine: &E,
    value: &E::Value,
    desc: &'static CallbackDesc,
) -> Result<Option<&'static str>, Failure<E::Value>> {
    for function in desc.functions {
        let name = function.name.js;
        if engine.kind(&engine.property(value, name)?) != Kind::Function {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
