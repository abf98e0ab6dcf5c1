//! How values cross: one small set of primitives per host, everything else written once on top.
//!
//! A host implements [`Reader`] and [`Writer`]; a type implements [`FromHost`] and [`IntoHost`]
//! in terms of them. Records and enums get both from `#[ponton::bridge]`.

mod errors;
mod impls;
mod lent;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

pub use self::errors::{ErrorText, IoError, PlainError, Source, StdError};
pub use self::lent::Lent;
use crate::desc::{CallbackDesc, EnumDesc, RecordDesc, TypeDesc};
use crate::host::HostError;
use crate::host::function::{Callee, Signature};
use crate::module::{Object, Return, TypeSlot};
use crate::text::joined;

/// A type with a place in the type table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross the bridge",
    label = "not a bridge type",
    note = "use a type of the type table (integers, floats, bool, String, Bytes, Vec, Option, HashMap<String, _>, tuples, Duration, SystemTime), or declare `{Self}` in a bridge module as #[record], #[error] or #[object]"
)]
pub trait Bridged {
    /// Its description.
    const TYPE: TypeDesc;
    /// The description of a list of it. `u8` answers [`TypeDesc::Bytes`].
    const LIST: TypeDesc = TypeDesc::List(&Self::TYPE);
    /// Whether a parameter of this type may be left out.
    const OPTIONAL: bool = false;
}

/// A type that comes in from a host.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot come in from a host",
    label = "not accepted as an argument",
    note = "use a type of the type table, a #[record] or enum of a bridge module, or `Arc<T>` / `&T` of an #[object]"
)]
pub trait FromHost: Bridged + Sized {
    /// Reads one value.
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error>;

    /// The value of a parameter that was left out, where [`Bridged::OPTIONAL`].
    fn absent() -> Option<Self> {
        None
    }

    /// Reads what a function of the host's returned. `()` takes anything: a caller may ignore a result.
    fn from_returned<R: Reader>(value: R) -> Result<Self, R::Error> {
        Self::from_host(value)
    }

    /// Reads a list of values. `u8` reads bytes.
    fn list_from_host<R: Reader>(value: R) -> Result<Vec<Self>, R::Error> {
        value.list(Self::from_host)
    }
}

/// A type that goes out to a host.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot go out to a host",
    label = "not accepted as a result",
    note = "use a type of the type table, or declare `{Self}` in a bridge module as #[record], #[error] or #[object]"
)]
pub trait IntoHost: Bridged + Sized {
    /// Builds the host's value.
    fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error>;

    /// Builds a list. `u8` builds bytes.
    fn list_into_host<W: Writer>(list: Vec<Self>, host: &mut W) -> Result<W::Value, W::Error> {
        host.list(list)
    }
}

/// A result whose 64-bit integers go out as JavaScript numbers: see [`Writer::numbers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers<T>(pub T);

#[diagnostic::do_not_recommend]
impl<T: Bridged> Bridged for Numbers<T> {
    const TYPE: TypeDesc = T::TYPE;
}

#[diagnostic::do_not_recommend]
impl<T: IntoHost> IntoHost for Numbers<T> {
    fn into_host<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        host.numbers(|host| self.0.into_host(host))
    }
}

/// What a `#[number]` function returns instead of `returned`.
pub fn numbers<R: Return>(returned: R) -> Result<Numbers<R::Ok>, R::Err> {
    returned.into_result().map(Numbers)
}

/// What `&T` parameters of sync functions are read as.
#[diagnostic::on_unimplemented(
    message = "`&{Self}` cannot be lent by a host",
    label = "not accepted as a borrowed argument",
    note = "take it by value, or borrow a `str`, a `[u8]`, or a type declared in a bridge module"
)]
pub trait Borrowed {
    /// The owned form that is read.
    type Owned: FromHost;
    /// The borrow passed to the author's function.
    fn borrowed(owned: &Self::Owned) -> &Self;
}

/// An integer of the type table.
pub trait Int: Copy + fmt::Display + Send + Sync + 'static {
    /// Its name in messages: `u8`, `i64`, ….
    const NAME: &'static str;
    /// Whether JavaScript carries it as a `bigint`.
    const BIG: bool;
    /// The smallest value, clamped to `i128`.
    const MIN: i128;
    /// The largest value (`u128::MAX` needs more than an `i128`).
    const MAX: u128;
    /// From a wide integer, when it fits.
    fn from_i128(wide: i128) -> Option<Self>;
    /// From a wide unsigned integer, when it fits.
    fn from_u128(wide: u128) -> Option<Self>;
    /// The sign (`true` = negative) and the magnitude.
    fn to_parts(self) -> (bool, u128);
    /// As an `i64`, when it fits: the fast way out.
    fn to_i64(self) -> Option<i64>;
    /// From an `i64`, when it fits: the fast way in.
    fn from_i64(narrow: i64) -> Option<Self>;
}

/// One host value being read. Every method consumes it and fails with the error a native function of that host would raise.
pub trait Reader: Sized {
    /// The host's error.
    type Error: From<ConvertError>;
    /// Gives the fields of a record or variant, in declaration order.
    type Fields: Fields<Error = Self::Error>;
    /// Gives the methods of an object.
    type Methods: Methods<Error = Self::Error>;

    /// `None` / `undefined`.
    fn unit(self) -> Result<(), Self::Error>;
    /// A boolean; no truthiness.
    fn bool(self) -> Result<bool, Self::Error>;
    /// An integer in range; floats with a fraction and NaN are refused.
    fn int<T: Int>(self) -> Result<T, Self::Error>;
    /// A float.
    fn float(self) -> Result<f64, Self::Error>;
    /// A string; lone surrogates are refused.
    fn string(self) -> Result<String, Self::Error>;
    /// Bytes; a copy where the host could still write to them.
    fn bytes(self) -> Result<Bytes, Self::Error>;
    /// Bytes for a plain function. Read after every other argument: no host code runs any more before it returns, unless
    /// Rust holds some (see [`host::in_use`](crate::host::in_use)).
    fn lent_bytes(self) -> Result<Lent, Self::Error> {
        self.bytes().map(Lent::from)
    }
    /// A span of time, not negative.
    fn duration(self) -> Result<Duration, Self::Error>;
    /// A moment.
    fn system_time(self) -> Result<SystemTime, Self::Error>;
    /// `None` where the host's absent value stands.
    fn option<T>(self, some: impl FnOnce(Self) -> Result<T, Self::Error>) -> Result<Option<T>, Self::Error>;
    /// Every item of a list.
    fn list<T>(self, item: impl FnMut(Self) -> Result<T, Self::Error>) -> Result<Vec<T>, Self::Error>;
    /// Every entry of a map with string keys.
    fn map<T>(self, item: impl FnMut(Self) -> Result<T, Self::Error>) -> Result<Vec<(String, T)>, Self::Error>;
    /// The items of a tuple of exactly `len`, as fields without names.
    fn tuple(self, len: usize) -> Result<Self::Fields, Self::Error>;
    /// The fields of a record.
    fn record(self, desc: &'static RecordDesc, slot: &'static TypeSlot) -> Result<Self::Fields, Self::Error>;
    /// The variant's index of a plain enum.
    fn plain_enum(self, desc: &'static EnumDesc, slot: &'static TypeSlot) -> Result<usize, Self::Error>;
    /// The variant's index and fields of an enum with data.
    fn union(self, desc: &'static EnumDesc, slot: &'static TypeSlot) -> Result<(usize, Self::Fields), Self::Error>;
    /// The object behind an instance of a bridged class.
    fn object<T: Object>(self) -> Result<Arc<T>, Self::Error>;
    /// A function, kept for calls by Rust. Anything that cannot be called is refused.
    fn function<S: Signature>(self) -> Result<Arc<dyn Callee<S>>, Self::Error>;
    /// Something that the host can await.
    fn awaitable<S: Signature<Args = ()>>(self) -> Result<Arc<dyn Callee<S>>, Self::Error>;
    /// An object with the methods of a `#[callback]` trait. One that lacks a method is refused.
    fn methods(self, desc: &'static CallbackDesc) -> Result<Self::Methods, Self::Error>;
    /// The variant's index and fields, when the value is an exception of that error enum.
    fn error(self, desc: &'static EnumDesc, slot: &'static TypeSlot) -> Option<(usize, Self::Fields)>;
}

/// The methods of one object of the host's.
pub trait Methods {
    /// The host's error.
    type Error;
    /// The method that `S` names. It is looked up again at each call, as hosts do.
    fn method<S: Signature>(&mut self) -> Result<Arc<dyn Callee<S>>, Self::Error>;
}

/// The fields of one record, variant or tuple.
pub trait Fields {
    /// The host's error.
    type Error;
    /// Reads field `index`. An error names the field.
    fn field<T: FromHost>(&mut self, index: usize) -> Result<T, Self::Error>;
}

/// Builds host values.
pub trait Writer: Sized {
    /// An owned host value.
    type Value;
    /// The host's error.
    type Error: From<ConvertError>;

    /// `None` / `undefined`.
    fn unit(&mut self) -> Result<Self::Value, Self::Error>;
    /// A boolean.
    fn bool(&mut self, value: bool) -> Result<Self::Value, Self::Error>;
    /// An integer.
    fn int<T: Int>(&mut self, value: T) -> Result<Self::Value, Self::Error>;
    /// A float.
    fn float(&mut self, value: f64) -> Result<Self::Value, Self::Error>;
    /// A string.
    fn string(&mut self, value: &str) -> Result<Self::Value, Self::Error>;
    /// Bytes, without a copy where the host allows it.
    fn bytes(&mut self, value: Bytes) -> Result<Self::Value, Self::Error>;
    /// A span of time.
    fn duration(&mut self, value: Duration) -> Result<Self::Value, Self::Error>;
    /// A moment.
    fn system_time(&mut self, value: SystemTime) -> Result<Self::Value, Self::Error>;
    /// The host's absent value.
    fn none(&mut self) -> Result<Self::Value, Self::Error>;
    /// A list.
    fn list<T: IntoHost>(&mut self, items: Vec<T>) -> Result<Self::Value, Self::Error>;
    /// A map with string keys.
    fn map<T: IntoHost>(
        &mut self,
        len: usize,
        entries: impl Iterator<Item = (String, T)>,
    ) -> Result<Self::Value, Self::Error>;
    /// A tuple.
    fn tuple<const N: usize>(&mut self, items: [Self::Value; N]) -> Result<Self::Value, Self::Error>;
    /// A record; `values` are its fields in order.
    fn record<const N: usize>(
        &mut self,
        desc: &'static RecordDesc,
        slot: &'static TypeSlot,
        values: [Self::Value; N],
    ) -> Result<Self::Value, Self::Error>;
    /// Variant `index` of a plain enum.
    fn plain_enum(
        &mut self,
        desc: &'static EnumDesc,
        slot: &'static TypeSlot,
        index: usize,
    ) -> Result<Self::Value, Self::Error>;
    /// Variant `index` of an enum with data.
    fn union<const N: usize>(
        &mut self,
        desc: &'static EnumDesc,
        slot: &'static TypeSlot,
        index: usize,
        values: [Self::Value; N],
    ) -> Result<Self::Value, Self::Error>;
    /// The exception of variant `index` of an error enum, ready to be raised or rejected with.
    fn error<const N: usize>(
        &mut self,
        desc: &'static EnumDesc,
        slot: &'static TypeSlot,
        index: usize,
        text: ErrorText,
        values: [Self::Value; N],
    ) -> Result<Self::Value, Self::Error>;
    /// An instance of a bridged class.
    fn object<T: Object>(&mut self, object: Arc<T>) -> Result<Self::Value, Self::Error>;
    /// The exception that `error` was made from, the same object; a plain one that says the same where there is none, or
    /// it belongs to another environment.
    fn host_error(&mut self, error: &HostError) -> Result<Self::Value, Self::Error>;
    /// The exception of an error that is of no class of the author's.
    fn plain_error(&mut self, error: PlainError) -> Result<Self::Value, Self::Error>;
    /// Writes what `body` writes with 64-bit integers as JavaScript numbers, refused beyond 2^53.
    /// Hosts without that difference just run `body`.
    fn numbers(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<Self::Value, Self::Error>,
    ) -> Result<Self::Value, Self::Error> {
        body(self)
    }
}

/// A host value that does not fit. Each host turns [`ConvertErrorKind`] into its own class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertError {
    /// Which class it becomes.
    pub kind: ConvertErrorKind,
    /// What was expected and what was found.
    pub message: Cow<'static, str>,
    /// Where: `options.retries[3]`. Empty for the value itself.
    pub path: String,
}

/// The class a [`ConvertError`] becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvertErrorKind {
    /// Python `TypeError`, JavaScript `TypeError`.
    Type,
    /// Python `OverflowError`, JavaScript `RangeError`: a number out of the type's range.
    Range,
    /// Python `ValueError`, JavaScript `RangeError` for numbers and dates: the type is right, the value is not.
    Value,
    /// Python `UnicodeEncodeError` (a `ValueError`), JavaScript `TypeError`: text with a lone surrogate.
    Unicode,
}

impl ConvertError {
    /// The wrong type.
    pub fn expected(expected: &str, found: &str) -> Self {
        Self::new(ConvertErrorKind::Type, joined(&["expected ", expected, ", got ", found]))
    }

    /// An integer that `T` cannot hold.
    pub fn out_of_range<T: Int>(found: impl fmt::Display) -> Self {
        let message = format!("{found} is out of range for {} ({}..={})", T::NAME, T::MIN, T::MAX);
        Self::new(ConvertErrorKind::Range, message)
    }

    /// An error of `kind`.
    pub fn new(kind: ConvertErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), path: String::new() }
    }

    /// The same error, one level further out: inside field or parameter `name`.
    #[must_use]
    pub fn in_field(mut self, name: &str) -> Self {
        self.path = match self.path.as_bytes().first() {
            None => name.to_owned(),
            Some(b'[') => joined(&[name, &self.path]),
            Some(_) => joined(&[name, ".", &self.path]),
        };
        self
    }

    /// The same error, one level further out: inside item `index`.
    #[must_use]
    pub fn in_item(self, index: usize) -> Self {
        self.in_field(&format!("[{index}]"))
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl std::error::Error for ConvertError {}
