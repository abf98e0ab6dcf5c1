//! What a binding to a JavaScript engine offers, and all it has to offer.
//!
//! [`crate::read::JsReader`], [`crate::write::JsWriter`] and [`crate::args::Args`] are written once on top of it. The
//! methods are small on purpose: what can be said in JavaScript is said there, behind [`Hook`].

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use ponton_core::convert::{ConvertError, Lent};
use ponton_core::desc::FieldDesc;
use ponton_core::module::TypeSlot;

use crate::answer::Settled;
use crate::host::link::Link;
use crate::host::requests::Requests;
use crate::slots::Slots;

/// What `typeof` says, with `null` told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are JavaScript's types")]
pub enum Kind {
    Undefined,
    Null,
    Boolean,
    Number,
    BigInt,
    String,
    Symbol,
    Function,
    /// Everything else, arrays and dates included.
    Object,
}

impl Kind {
    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::BigInt => "bigint",
            Self::String => "string",
            Self::Symbol => "symbol",
            Self::Function => "function",
            Self::Object => "object",
        }
    }
}

/// Why an operation of the engine did not work.
#[derive(Clone, Debug)]
pub enum Failure<V> {
    /// A value does not fit; it becomes a `TypeError` or a `RangeError` that names the parameter.
    Convert(ConvertError),
    /// JavaScript threw this (a getter, a proxy), and it goes on as it is.
    Thrown(V),
}

impl<V> From<ConvertError> for Failure<V> {
    fn from(error: ConvertError) -> Self {
        Self::Convert(error)
    }
}

impl<V> Failure<V> {
    /// The same, seen from one level further out; what JavaScript threw stays as it is.
    #[must_use]
    pub fn within(self, place: impl FnOnce(ConvertError) -> ConvertError) -> Self {
        match self {
            Self::Convert(error) => Self::Convert(place(error)),
            thrown @ Self::Thrown(_) => thrown,
        }
    }
}

/// A function of the JavaScript runtime that native code calls. `runtime.js` passes them to `native.connect(hooks)` as
/// an array in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Hook {
    /// `(...[slot * 2 + failed, value]*)`: settles a batch of pending calls. Never throws.
    Settle,
    /// `(kind, message)`: a `TypeError` (kind 0), a `RangeError` (kind 1) or a plain `Error` (kind 2).
    Fail,
    /// `(message)`: a `PanicError`.
    Panic,
    /// `()`: an `AbortError`.
    Aborted,
    /// `(ordinal, variant, message, sources[], values[])`: an instance of an error class. A source is a text,
    /// `[message, code | undefined, errno | undefined]` of the system, or `[error]` of the host, the last one.
    Error,
    /// `(sources[], backtrace | undefined)`: an error of no class of the author's, the first source, with the others as causes.
    Plain,
    /// `(ordinal, handle)`: an instance of a bridged class around `handle`.
    Wrap,
    /// `(ordinal, value)`: the handle inside an instance of that class, or `undefined`.
    Unwrap,
    /// `(value)`: `[key, value, key, value, ..]` of a plain object or a `Map`; `undefined` for anything else.
    Entries,
    /// `([key, value, key, value, ..])`: a plain object, safe for any key.
    Dict,
    /// `(value)`: a short name of what `value` is, for messages: `null`, `number`, `Array`, `Client`.
    Describe,
    /// `(value, method | undefined)`: keeps a value, or a method of it, for us. Gives the index of its place.
    Hold,
    /// `(index)`: lets go of it.
    Release,
    /// `(index)`: the value that is held there.
    Held,
    /// `(slot, index, request, args[])`: calls what is held there in the context of the call in `slot` (-1: in none).
    /// With the request -1 it gives the result. With another it gives `[result]`, or `undefined` when that is a thenable:
    /// `native.answer` of the request follows. Without arguments `args` is undefined. Throws what the function throws.
    Invoke,
    /// `(slot, index, request)`: waits for the thenable that is held there; gives what [`Self::Invoke`] does. With the index -1
    /// it gives the `[failed, value]` that `native.answer` of the request came too early with.
    Await,
    /// `(request)`: nobody waits for it any more.
    Stop,
    /// `(error)`: holds it, and gives `[class, message, stack, index]`.
    Explain,
    /// `(error)`: nobody waits for what failed with it. It is reported as the host reports uncaught errors.
    Report,
    /// `(value, request)`: `value` is to be awaited. -1: it cannot be. -2: it is a promise, and `native.answer` of the request
    /// follows. Otherwise it is a thenable, held at that index, which is asked for its value by [`Self::Await`]. May throw, as
    /// `value.then` may.
    Promise,
    /// `(ordinal, value)`: the variant of that error enum that `value` is an instance of, or -1.
    Variant,
    /// `()`: this native half is new, and what an earlier one held or waited for is nobody's.
    Reset,
    /// `(name, age, state)`: one of the calls that `native.live` tells of.
    Live,
}

impl Hook {
    /// How many there are.
    pub const COUNT: usize = Self::Live as usize + 1;
}

/// A bridged object as JavaScript holds it: an `External` in Node, an index into a table on the web.
pub struct Handle(Box<dyn Any>);

impl Handle {
    /// Around `object`.
    pub fn new<T: 'static>(object: Arc<T>) -> Self {
        Self(Box::new(object))
    }

    /// The object, if it is a `T`.
    pub fn get<T: 'static>(&self) -> Option<Arc<T>> {
        self.0.downcast_ref::<Arc<T>>().cloned()
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handle")
    }
}

/// The answer of [`Engine::as_bytes`] about a buffer that was transferred elsewhere.
pub fn detached() -> ConvertError {
    ConvertError::expected("bytes", "a detached buffer: it was transferred elsewhere")
}

/// The answer of [`Engine::as_bytes`] about memory that another thread may write to while we read it.
pub fn shared() -> ConvertError {
    ConvertError::expected("bytes", "a view of a SharedArrayBuffer; pass a copy, `.slice()`")
}

/// A JavaScript engine, on its own thread.
///
/// The `as_*` methods are called after [`Engine::kind`] named the fitting kind; on another kind they may answer
/// anything, but must not crash.
pub trait Engine: Sized + 'static {
    /// A JavaScript value: a handle that is cheap to clone.
    type Value: Clone;
    /// The way back to this engine from anywhere.
    type Link: Link<Engine = Self>;

    /// What `value` is.
    fn kind(&self, value: &Self::Value) -> Kind;
    /// Of a [`Kind::Boolean`].
    fn as_bool(&self, value: &Self::Value) -> bool;
    /// Of a [`Kind::Number`].
    fn as_number(&self, value: &Self::Value) -> f64;
    /// Of a [`Kind::String`]; `None` when it has a lone surrogate.
    fn as_string(&self, value: &Self::Value) -> Option<String>;
    /// [`Self::as_number`] of any value, `None` where it is no number: for engines that tell in one go.
    fn number(&self, value: &Self::Value) -> Option<f64> {
        (self.kind(value) == Kind::Number).then(|| self.as_number(value))
    }
    /// [`Self::as_string`] of any value, likewise; `None` says nothing of why.
    fn string(&self, value: &Self::Value) -> Option<String> {
        if self.kind(value) == Kind::String { self.as_string(value) } else { None }
    }
    /// Of a [`Kind::BigInt`]: whether it is negative, and its magnitude; `None` when that needs more than 128 bits.
    fn as_bigint(&self, value: &Self::Value) -> Option<(bool, u128)>;
    /// A copy of a `Uint8Array` (so `Buffer` too), `ArrayBuffer` or `DataView`; `None` for any other object.
    ///
    /// # Errors
    /// [`Failure::Convert`] of [`ponton_core::convert::ConvertErrorKind::Type`] when the buffer is detached or shared.
    fn as_bytes(&self, value: &Self::Value) -> Result<Option<Bytes>, Failure<Self::Value>>;
    /// As [`Self::as_bytes`], for a plain call that reads its last arguments: the bytes where they lie, if it can be that no
    /// host code runs before the call returns.
    ///
    /// # Errors
    /// As [`Self::as_bytes`].
    fn lend_bytes(&self, value: &Self::Value) -> Result<Option<Lent>, Failure<Self::Value>> {
        Ok(self.as_bytes(value)?.map(Lent::from))
    }
    /// The time of a `Date` in milliseconds, NaN for an invalid one; `None` for any other object.
    fn as_date(&self, value: &Self::Value) -> Option<f64>;
    /// The length of an `Array`; `None` for any other object.
    fn array_len(&self, value: &Self::Value) -> Option<u32>;
    /// `value[index]`.
    fn item(&self, value: &Self::Value, index: u32) -> Result<Self::Value, Failure<Self::Value>>;
    /// `value[name]`.
    fn property(&self, value: &Self::Value, name: &'static str) -> Result<Self::Value, Failure<Self::Value>>;
    /// The object behind a handle made by [`Engine::new_handle`]; `None` for any other value or type.
    fn handle<T: 'static>(&self, value: &Self::Value) -> Option<Arc<T>>;

    /// `undefined`.
    fn undefined(&self) -> Self::Value;
    /// `null`. Results are never `null`: to `runtime.js` it means "pending".
    fn null(&self) -> Self::Value;
    /// A boolean.
    fn new_bool(&self, value: bool) -> Self::Value;
    /// A number.
    fn new_number(&self, value: f64) -> Self::Value;
    /// A string.
    fn new_string(&self, value: &str) -> Result<Self::Value, Failure<Self::Value>>;
    /// A `bigint`.
    fn new_bigint(&self, negative: bool, magnitude: u128) -> Result<Self::Value, Failure<Self::Value>>;
    /// A `Date`; `millis` is an integer that it can hold.
    fn new_date(&self, millis: f64) -> Result<Self::Value, Failure<Self::Value>>;
    /// A `Uint8Array`, without a copy where the engine allows it.
    fn new_bytes(&self, value: Bytes) -> Result<Self::Value, Failure<Self::Value>>;
    /// An `Array`.
    fn new_array(&self, items: &[Self::Value]) -> Result<Self::Value, Failure<Self::Value>>;
    /// A plain object with the fields' JavaScript names, in order; first `kind: tag` if there is a tag.
    fn new_object(
        &self,
        tag: Option<&'static str>,
        fields: &'static [FieldDesc],
        values: &[Self::Value],
    ) -> Result<Self::Value, Failure<Self::Value>>;
    /// A number as JavaScript writes it, for messages.
    fn show(&self, number: f64) -> String;
    /// A value that JavaScript keeps for us. It is freed when JavaScript lets go of it.
    fn new_handle(&self, handle: Handle) -> Result<Self::Value, Failure<Self::Value>>;

    /// Calls a function of the JavaScript runtime.
    fn call_hook(&self, hook: Hook, args: &[Self::Value]) -> Result<Self::Value, Failure<Self::Value>>;
    /// The place of a declared class or error among those of its kind ([`crate::registry::Registry::ordinal`]).
    fn ordinal(&self, slot: &'static TypeSlot) -> u32;

    /// The way back to it.
    fn link(&self) -> &Self::Link;
    /// The calls that JavaScript waits for.
    fn slots(&self) -> &Slots<Self>;
    /// The host code that Rust waits for.
    fn requests(&self) -> &Requests<Self>;
    /// Settles one call that was pending, at once ([`Hook::Settle`]).
    fn settle(&self, slot: u32, settled: Settled<Self::Value>);
    /// Runs `body`, and lets go of the values it made and did not give out: of those that the engine counts by scopes.
    fn scope<T>(&self, body: impl FnOnce() -> T) -> T {
        body()
    }
}
