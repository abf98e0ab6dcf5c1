//! What a caught panic says.

use std::any::Any;
use std::cell::Cell;

use crate::host::{self, HostError};

/// The message of a panic. Python raises it as `PanicError` (a `RuntimeError`), JavaScript as `PanicError` (an `Error`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanicMessage {
    /// The text given to `panic!`.
    pub message: String,
}

impl PanicMessage {
    /// Reads the payload that `catch_unwind` gives.
    pub fn from_payload(payload: Box<dyn Any + Send>) -> Self {
        let message = match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<HostError>()) {
                (Some(text), _) => (*text).to_owned(),
                (None, Some(error)) => format!("{error}"),
                (None, None) => "Rust panicked with a value that is not text".to_owned(),
            },
        };
        Self { message }
    }
}

/// What an unwinding carried that was caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caught {
    /// An exception of the host's, on its way through Rust code without a `Result` for it.
    Raised(HostError),
    /// A panic.
    Panicked(PanicMessage),
}

impl Caught {
    /// Reads the payload that `catch_unwind` gives.
    pub fn from_payload(payload: Box<dyn Any + Send>) -> Self {
        match payload.downcast::<HostError>() {
            Ok(error) => Self::Raised(*error),
            Err(payload) => Self::Panicked(PanicMessage::from_payload(payload)),
        }
    }

    /// Where panics abort and a trap is caught: what was carried, or the panic's message.
    pub fn from_trap(panic: PanicMessage) -> Self {
        let carried = if host::is_absent() { None } else { CARRIED.take() };
        carried.map_or(Self::Panicked(panic), Self::Raised)
    }
}

thread_local! {
    static CARRIED: Cell<Option<HostError>> = const { Cell::new(None) };
}

/// Whether the trap that follows is no panic, but an exception of the host's on its way out.
pub fn is_carrying() -> bool {
    if host::is_absent() {
        return false;
    }
    let carried = CARRIED.take();
    let is_carrying = carried.is_some();
    CARRIED.set(carried);
    is_carrying
}

/// Leaves `error` for [`Caught::from_trap`]: a trap carries nothing.
pub(crate) fn carry(error: HostError) {
    CARRIED.set(Some(error));
}
