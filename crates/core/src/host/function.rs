//! Functions of the host's, as Rust sees them.

use std::fmt;
use std::sync::Arc;

use super::call::HostCall;
use super::error::{FromHostError, HostError};
use super::lane::{self, Errand, Lane};
use super::request::Request;
use crate::convert::{Bridged, FromHost, IntoHost, Reader, Writer};
use crate::desc::{FnDesc, TypeDesc};
use crate::marker::{MaybeSend, MaybeSync};
use crate::module::Raise;

/// One function that a host passes in, or one method of a `#[callback]` trait. The macro makes a type of each.
pub trait Signature: 'static {
    /// What Rust passes.
    type Args: Arguments;
    /// What Rust gets.
    type Given: Given;
    /// The trait, for a method.
    const OWNER: Option<&'static str>;
    /// Its description; the name is the method's, or the parameter's.
    const DESC: &'static FnDesc;
    /// For notifications: what happens when the host is slower than Rust.
    const OVERFLOW: Overflow = Overflow::DEFAULT;
}

/// What happens when a notification finds the queue to its host's loop full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow {
    /// Who gives way.
    pub policy: Policy,
    /// How many may wait.
    pub capacity: usize,
}

/// Who gives way when the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The thread that notifies: it blocks until there is room. Nothing is lost.
    Block,
    /// The oldest notification that waits: it is dropped.
    DropOldest,
    /// Whatever waits: only the newest is delivered.
    Coalesce,
}

impl Overflow {
    /// Blocks beyond 1024.
    pub const DEFAULT: Self = Self { policy: Policy::Block, capacity: 1024 };
}

/// The arguments of a call of host code: a tuple.
#[diagnostic::on_unimplemented(
    message = "a host cannot be called with `{Self}`",
    label = "not all of these go out to a host"
)]
pub trait Arguments: MaybeSend + 'static {
    /// Builds the host's values and passes them on.
    fn write<W: Writer, T>(self, host: &mut W, call: impl FnOnce(&[W::Value]) -> T) -> Result<T, W::Error>;
}

macro_rules! arguments {
    ($($($ty:ident $index:tt),*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($ty: IntoHost + MaybeSend + 'static),*> Arguments for ($($ty,)*) {
            #[allow(unused_variables, reason = "one body for every length, and one of them is 0")]
            fn write<W: Writer, T>(self, host: &mut W, call: impl FnOnce(&[W::Value]) -> T) -> Result<T, W::Error> {
                let values = [$(self.$index.into_host(host)?),*];
                Ok(call(&values))
            }
        }
    )*};
}

arguments! {
    ;
    A 0;
    A 0, B 1;
    A 0, B 1, C 2;
    A 0, B 1, C 2, D 3;
    A 0, B 1, C 2, D 3, E 4;
    A 0, B 1, C 2, D 3, E 4, F 5;
}

/// What a call of host code may give: a value that comes in, or a `Result` of one.
///
/// Where there is no `Result`, or its error takes no foreign exception, an exception ends the bridged call, as it would
/// end a function of that host that does not catch it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot come back from a call of host code",
    label = "not a bridge type",
    note = "use a type of the type table or one declared in a bridge module, or a `Result<T, E>` where `T` is such a type and `E` is `HostError` or an #[error] enum"
)]
pub trait Given: Sized + MaybeSend + 'static {
    /// Its description.
    const RETURNS: TypeDesc;
    /// The description of its error.
    const THROWS: Option<TypeDesc>;
    /// From what the host code returned.
    fn value<R: Reader>(value: R) -> Result<Self, R::Error>;
    /// From what it raised. `Err` ends the bridged call.
    fn raised<R: Reader>(exception: R, error: HostError) -> Result<Self, HostError>;
    /// From an error without an exception of the host's. `Err` ends the bridged call.
    fn failed(error: HostError) -> Result<Self, HostError>;
}

#[diagnostic::do_not_recommend]
impl<T: FromHost + MaybeSend + 'static> Given for T {
    const RETURNS: TypeDesc = <T as Bridged>::TYPE;
    const THROWS: Option<TypeDesc> = None;

    fn value<R: Reader>(value: R) -> Result<Self, R::Error> {
        T::from_returned(value)
    }

    fn raised<R: Reader>(_: R, error: HostError) -> Result<Self, HostError> {
        Err(error)
    }

    fn failed(error: HostError) -> Result<Self, HostError> {
        Err(error)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromHost + MaybeSend + 'static, E: FromHostError + MaybeSend> Given for Result<T, E> {
    const RETURNS: TypeDesc = <T as Bridged>::TYPE;
    const THROWS: Option<TypeDesc> = <E as Raise>::THROWS;

    fn value<R: Reader>(value: R) -> Result<Self, R::Error> {
        T::from_returned(value).map(Ok)
    }

    fn raised<R: Reader>(exception: R, error: HostError) -> Result<Self, HostError> {
        E::typed(exception).map_or_else(|| Self::failed(error), |typed| Ok(Err(typed)))
    }

    fn failed(error: HostError) -> Result<Self, HostError> {
        E::from_error(error).map(Err)
    }
}

/// A host's side of one function. Dropping it releases the host's object, on the host's own thread.
pub trait Callee<S: Signature>: MaybeSend + MaybeSync + 'static {
    /// Whether this thread may call it right here: it runs code of that host, by a call from it.
    fn is_here(&self) -> bool;
    /// The way to the loop that it was handed over on, for code that no call owns.
    fn lane(&self) -> Option<Arc<dyn Lane>>;
    /// Whether it can be called on the loop that `lane` leads to. Where not, it is called on its own.
    fn takes(&self, _lane: &dyn Lane) -> bool {
        true
    }
    /// Calls the function and gives what it returns. An `Err` ends the bridged call.
    fn call(&self, args: S::Args, lane: Option<&Arc<dyn Lane>>) -> Result<S::Given, HostError>;
    /// Calls the function; what it returns is awaited, if the host can await it. On the lane's thread.
    fn start(&self, args: S::Args, lane: &Arc<dyn Lane>, asker: &Asker<S::Given>) -> Started<S::Given>;
}

/// What [`Callee::start`] came to.
pub enum Started<G> {
    /// The answer is there. An `Err` ends the bridged call.
    Done(Result<G, HostError>),
    /// The [`Reply`] will have it. `Stop` is what Rust does when it does not wait any longer.
    Running(Box<dyn Stop>),
}

/// Host code that runs.
pub trait Stop: MaybeSend {
    /// Asks it to stop: a task of Python's is cancelled, a signal of JavaScript's fires. On the lane's thread.
    fn stop(self: Box<Self>);
}

/// Who waits for a call that is being started.
pub struct Asker<G: Given>(Arc<dyn Answer<G>>);

impl<G: Given> Asker<G> {
    pub(super) fn new(request: Arc<dyn Answer<G>>) -> Self {
        Self(request)
    }

    /// The way back for an answer that comes later: for [`Started::Running`] only, once.
    pub fn reply(&self) -> Reply<G> {
        Reply(Some(Arc::clone(&self.0)))
    }
}

impl<G: Given> fmt::Debug for Asker<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asker")
    }
}

/// The way back for an answer. Dropped without one, it says that the loop is gone.
pub struct Reply<G: Given>(Option<Arc<dyn Answer<G>>>);

pub(super) trait Answer<G>: MaybeSend + MaybeSync {
    fn answer(self: Arc<Self>, result: Result<G, HostError>);
    fn give_up(self: Arc<Self>);
    fn errand(self: Arc<Self>) -> Arc<dyn Errand>;
}

impl<G: Given> Reply<G> {
    /// Answers, on the loop's thread, and polls here who waits for it. An `Err` ends the bridged call.
    pub fn answer(mut self, result: Result<G, HostError>) {
        if let Some(request) = self.0.take() {
            request.answer(result);
        }
    }

    /// What a host abandons when the loop goes away before the answer comes.
    pub fn errand(&self) -> Option<Arc<dyn Errand>> {
        self.0.clone().map(Answer::errand)
    }
}

impl<G: Given> Drop for Reply<G> {
    fn drop(&mut self) {
        if let Some(request) = self.0.take() {
            request.give_up();
        }
    }
}

impl<G: Given> fmt::Debug for Reply<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply")
    }
}

/// A function of the host's that Rust calls and awaits, or, on the host's own thread, calls.
pub struct HostFn<S: Signature>(Arc<dyn Callee<S>>);

// SAFETY: without threads nothing is ever sent or shared.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl<S: Signature> Send for HostFn<S> {}
// SAFETY: as above.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl<S: Signature> Sync for HostFn<S> {}

impl<S: Signature> HostFn<S> {
    /// Around what a host has made.
    pub fn new(callee: Arc<dyn Callee<S>>) -> Self {
        super::put_to_use();
        Self(callee)
    }

    /// A call, which starts when it is first polled.
    pub fn call(&self, args: S::Args) -> HostCall<S::Given> {
        HostCall::new(Request::new(Arc::clone(&self.0), args))
    }

    /// Calls it now.
    ///
    /// # Panics
    /// On a thread that is not the host's. An exception that the result does not take is unwound with, and comes out as
    /// itself at the end of the bridged call.
    pub fn call_here(&self, args: S::Args) -> S::Given {
        assert!(self.0.is_here(), "`{}` can only be called on the host's own thread", name::<S>());
        let lane = lane::current();
        match lane::outside(|| self.0.call(args, lane.as_ref())) {
            Ok(given) => given,
            Err(error) => error.unwind(),
        }
    }
}

/// `Auth.token`, or the parameter's name.
pub(super) fn name<S: Signature>() -> String {
    match S::OWNER {
        Some(owner) => format!("{owner}.{}", S::DESC.name.rust),
        None => S::DESC.name.rust.to_owned(),
    }
}

impl<S: Signature> Clone for HostFn<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Signature> fmt::Debug for HostFn<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostFn").field(&name::<S>()).finish()
    }
}

#[diagnostic::do_not_recommend]
impl<S: Signature> Bridged for HostFn<S> {
    const TYPE: TypeDesc = TypeDesc::Function(S::DESC);
}

#[diagnostic::do_not_recommend]
impl<S: Signature> FromHost for HostFn<S> {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        value.function::<S>().map(Self::new)
    }
}
