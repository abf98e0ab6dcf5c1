//! What host code raised, on its way through Rust.

use std::any::{Any, type_name};
use std::fmt;
use std::panic;
use std::sync::Arc;

use crate::convert::{Reader, Writer};
use crate::desc::TypeDesc;
use crate::marker::{MaybeSend, MaybeSync};
use crate::module::Raise;

/// An exception of Python's, or whatever JavaScript threw.
///
/// Returned from a bridged function it comes out as the very same exception object, with its traceback and its cause.
/// As the `#[from]` field of an `#[error]` variant it becomes that variant's `__cause__` or `cause`.
///
/// It is cheap to clone. The host's exception is released on the host's own thread.
#[derive(Clone)]
pub struct HostError(Arc<Inner>);

struct Inner {
    class: String,
    message: String,
    traceback: String,
    origin: Option<Box<dyn Origin>>,
}

/// The host's exception object. Its destructor may run on any thread.
pub trait Origin: Any + MaybeSend + MaybeSync {}

// SAFETY: without threads nothing is ever sent or shared.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl Send for Inner {}
// SAFETY: as above.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl Sync for Inner {}

impl HostError {
    /// An error that stands for an exception of that class, as a test of Rust code wants it. Raised in a host it becomes a
    /// plain `RuntimeError` or `Error` that says `class: message`.
    pub fn new(class: impl Into<String>, message: impl Into<String>) -> Self {
        Self::from_parts(class.into(), message.into(), String::new(), None)
    }

    /// For hosts: the exception `origin`, and what it says of itself.
    pub fn of(class: String, message: String, traceback: String, origin: impl Origin) -> Self {
        Self::from_parts(class, message, traceback, Some(Box::new(origin)))
    }

    fn from_parts(class: String, message: String, traceback: String, origin: Option<Box<dyn Origin>>) -> Self {
        Self(Arc::new(Inner { class, message, traceback, origin }))
    }

    /// Host code was to run, and its loop is gone.
    pub(crate) fn loop_is_gone() -> Self {
        Self::new("AbortedError", "the event loop went away while Rust waited for host code")
    }

    /// Host code was to run, and no call or callback says where.
    pub(crate) fn no_loop(name: &str) -> Self {
        let message = format!("`{name}` was called where no event loop is known: outside of any bridged call");
        Self::new("AbortedError", message)
    }

    /// The name of its class: `ValueError`, `TypeError`; for a JavaScript value that is no `Error`, its type.
    pub fn class(&self) -> &str {
        &self.0.class
    }

    /// Its message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it was raised, as the host tells it: the frames of a Python traceback, the `stack` of a JavaScript error.
    /// Empty where nothing was raised.
    pub fn traceback(&self) -> &str {
        &self.0.traceback
    }

    /// For hosts: the exception object, if it is a `T`.
    pub fn origin<T: Origin>(&self) -> Option<&T> {
        (self.0.origin.as_deref()? as &dyn Any).downcast_ref()
    }

    /// Unwinds with it, through Rust code that has no `Result` to put it in, to the host, which raises it.
    pub(crate) fn unwind(self) -> ! {
        if cfg!(panic = "unwind") {
            panic::resume_unwind(Box::new(self))
        }
        crate::panic::carry(self.clone());
        panic!("{self}")
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (class, message) = (self.class(), self.message());
        if message.is_empty() { f.write_str(class) } else { write!(f, "{class}: {message}") }
    }
}

impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostError")
            .field("class", &self.class())
            .field("message", &self.message())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for HostError {}

/// Two are equal when they are the same exception.
impl PartialEq for HostError {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for HostError {}

impl Raise for HostError {
    const THROWS: Option<TypeDesc> = None;

    fn raise<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        host.host_error(&self)
    }
}

/// An error that a call of host code may give.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a call of host code fails with",
    label = "not an error that a host can raise",
    note = "use `HostError`, or an #[error] enum of a bridge module; a variant with `#[from] HostError` takes every exception that is not one of the enum's own"
)]
pub trait FromHostError: Raise {
    /// The variant whose class `exception` is an instance of.
    fn typed<R: Reader>(exception: R) -> Option<Self>;
    /// Any other exception. `Err` gives it back: it ends the bridged call instead.
    fn from_error(error: HostError) -> Result<Self, HostError>;
}

impl FromHostError for HostError {
    fn typed<R: Reader>(_: R) -> Option<Self> {
        None
    }

    fn from_error(error: HostError) -> Result<Self, HostError> {
        Ok(error)
    }
}

/// The short name of a Rust type, for messages.
pub(crate) fn short_name<T>() -> &'static str {
    let name = type_name::<T>();
    name.rsplit("::").next().unwrap_or(name)
}
