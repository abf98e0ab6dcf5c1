//! What `#[ponton::bridge]` emits, and what a host makes of it.
//!
//! The macro emits one zero-sized type per function ([`Function`]) and per module ([`Module`]), all of
//! them free of any host. A host walks a module with a [`Visitor`] and compiles each function against
//! its own [`Call`].

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::convert::{Bridged, FromHost, IntoHost, Reader, Writer};
use crate::desc::{CallbackDesc, EnumDesc, FnDesc, ModuleDesc, ObjectDesc, RecordDesc, TypeDesc};
use crate::marker::{MaybeSend, MaybeSync};
use crate::task::Habit;

/// A bridge module.
pub trait Module: 'static {
    /// Its description.
    const DESC: &'static ModuleDesc;
    /// [`Self::DESC`] without docs, as JSON ([`crate::ir`]): what the JavaScript hosts build their classes from.
    const JSON: &'static [u8];
    /// Names every item once, in the order of the description.
    fn visit<V: Visitor>(visitor: &mut V);
}

/// A host registering a module's items.
pub trait Visitor {
    /// A free function.
    fn function<F: Function>(&mut self);
    /// A class; its functions come through [`Object::visit`].
    fn object<T: Object>(&mut self);
    /// A record.
    fn record(&mut self, desc: &'static RecordDesc, slot: &'static TypeSlot);
    /// An enum, plain or with data.
    fn enumeration(&mut self, desc: &'static EnumDesc, slot: &'static TypeSlot);
    /// An error enum.
    fn error(&mut self, desc: &'static EnumDesc, slot: &'static TypeSlot);
    /// A `#[callback]` trait. Hosts where any object will do make nothing of it.
    fn callback(&mut self, _: &'static CallbackDesc) {}
}

/// The part of a [`Visitor`] that takes an object's functions.
pub trait ObjectVisitor {
    /// A constructor, method, static method or getter.
    fn function<F: Function>(&mut self);
}

/// One function, method, constructor or getter of the author.
pub trait Function: 'static {
    /// Its description.
    const DESC: &'static FnDesc;
    /// Reads the arguments, runs or starts the author's function, and hands the result to the host.
    fn call<C: Call>(call: C) -> Result<C::Return, C::Error>;
}

/// An `#[object]` struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an #[object] of a bridge module",
    label = "only objects are passed by reference or in an `Arc`"
)]
pub trait Object: Bridged + MaybeSend + MaybeSync + 'static {
    /// Its description.
    const DESC: &'static ObjectDesc;
    /// Where a host keeps the class.
    fn slot() -> &'static TypeSlot;
    /// Names every function once, in the order of the description.
    fn visit<V: ObjectVisitor>(visitor: &mut V);
}

/// What is passed in an `Arc`: an `#[object]`, or `dyn Trait` of a `#[callback]` trait.
#[diagnostic::on_unimplemented(
    message = "`Arc<{Self}>` cannot come in from a host",
    label = "neither an #[object] nor a #[callback] trait of a bridge module"
)]
pub trait Shared: MaybeSend + MaybeSync + 'static {
    /// Its description.
    const TYPE: TypeDesc;
    /// Reads one.
    fn shared_from_host<R: Reader>(value: R) -> Result<Arc<Self>, R::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Object> Shared for T {
    const TYPE: TypeDesc = <T as Bridged>::TYPE;

    fn shared_from_host<R: Reader>(value: R) -> Result<Arc<Self>, R::Error> {
        value.object()
    }
}

/// An error that a host can raise.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error of a bridge module",
    label = "cannot be raised in a host",
    note = "declare the enum in a bridge module with #[error] and implement `std::error::Error` (thiserror does); `std::io::Error`, `Box<dyn Error + Send + Sync>` and, with the feature `anyhow`, `anyhow::Error` will do too"
)]
pub trait Raise: Sized + 'static {
    /// Its description; `None` when it cannot happen.
    const THROWS: Option<TypeDesc>;
    /// Builds the host's exception.
    fn raise<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error>;
}

impl Raise for Infallible {
    const THROWS: Option<TypeDesc> = None;
    fn raise<W: Writer>(self, _: &mut W) -> Result<W::Value, W::Error> {
        match self {}
    }
}

/// What a function may return: a bridged value, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned to a host",
    label = "not a bridge type",
    note = "return a type of the type table or one declared in a bridge module, or a `Result<T, E>` where `T` is such a type and `E` an #[error] enum, `std::io::Error` or a boxed error"
)]
pub trait Return: 'static {
    /// The value when all is well.
    type Ok: IntoHost;
    /// The error.
    type Err: Raise;
    /// Splits the two.
    fn into_result(self) -> Result<Self::Ok, Self::Err>;
}

#[diagnostic::do_not_recommend]
impl<T: IntoHost + 'static> Return for T {
    type Ok = T;
    type Err = Infallible;
    fn into_result(self) -> Result<T, Infallible> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoHost + 'static, E: Raise> Return for Result<T, E> {
    type Ok = T;
    type Err = E;
    fn into_result(self) -> Self {
        self
    }
}

/// One call under way: the host's arguments, and the ways to answer.
///
/// The host catches panics in what it runs and raises `PanicError`.
pub trait Call: Sized {
    /// The host's answer: a value, an awaitable, a promise slot.
    type Return;
    /// The host's error.
    type Error;

    /// The object a method or getter is called on.
    fn receiver<T: Object>(&mut self) -> Result<Arc<T>, Self::Error>;
    /// Argument `index`, or [`FromHost::absent`] where it was left out. An error names the parameter.
    fn arg<T: FromHost>(&mut self, index: usize) -> Result<T, Self::Error>;
    /// Argument `index`, or `default()` where it was left out.
    fn arg_or<T: FromHost>(&mut self, index: usize, default: impl FnOnce() -> T) -> Result<T, Self::Error>;

    /// [`Mode::Sync`](crate::desc::Mode::Sync): runs `body` now.
    fn sync<R: Return>(self, body: impl FnOnce() -> R) -> Result<Self::Return, Self::Error>;
    /// `#[setup]`: runs `body` now, and starts no runtime for it.
    fn setup<R: Return>(self, body: impl FnOnce() -> R) -> Result<Self::Return, Self::Error> {
        self.sync(body)
    }
    /// A constructor: runs `body` now and makes the object the host's new instance.
    fn construct<T, R>(self, body: impl FnOnce() -> R) -> Result<Self::Return, Self::Error>
    where
        T: Object + IntoHost,
        R: Return<Ok = T>;
    /// [`Mode::Async`](crate::desc::Mode::Async): poll first, then by the host's placement.
    fn future<F>(self, habit: &'static Habit, future: F) -> Result<Self::Return, Self::Error>
    where
        F: Future + MaybeSend + 'static,
        F::Output: Return + MaybeSend;
    /// [`Mode::Spawn`](crate::desc::Mode::Spawn): never polled on the host's thread.
    fn spawn<F>(self, future: F) -> Result<Self::Return, Self::Error>
    where
        F: Future + MaybeSend + 'static,
        F::Output: Return + MaybeSend;
    /// [`Mode::Local`](crate::desc::Mode::Local): always polled on the host's thread.
    fn local<F>(self, future: F) -> Result<Self::Return, Self::Error>
    where
        F: Future + 'static,
        F::Output: Return;
    /// [`Mode::Blocking`](crate::desc::Mode::Blocking): `body` on the blocking pool.
    fn blocking<R, B>(self, body: B) -> Result<Self::Return, Self::Error>
    where
        R: Return + MaybeSend,
        B: FnOnce() -> R + MaybeSend + 'static;
}

/// Where a host finds what it made of a declared type: a small number, given out on first use.
///
/// It is a number and not a pointer because one process may hold several Node environments, each with its own classes.
#[derive(Debug)]
pub struct TypeSlot(AtomicUsize);

static NEXT_SLOT: AtomicUsize = AtomicUsize::new(1);

impl TypeSlot {
    /// A slot without a number yet.
    #[expect(clippy::new_without_default, reason = "slots are statics")]
    pub const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// The number, from 0.
    pub fn index(&self) -> usize {
        let known = self.0.load(Ordering::Acquire);
        if known != 0 {
            return known - 1;
        }
        let fresh = NEXT_SLOT.fetch_add(1, Ordering::Relaxed);
        match self.0.compare_exchange(0, fresh, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => fresh - 1,
            Err(other) => other - 1,
        }
    }
}
