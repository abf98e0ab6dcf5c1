//! What a caught panic says.

use std::any::Any;

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
            Err(payload) => match payload.downcast_ref::<&'static str>() {
                Some(text) => (*text).to_owned(),
                None => "Rust panicked with a value that is not text".to_owned(),
            },
        };
        Self { message }
    }
}
