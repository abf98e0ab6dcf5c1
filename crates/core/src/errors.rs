//! What `ponton::time` and `ponton::task` fail with: the same types on every host.

use std::fmt;

use crate::panic::PanicMessage;

/// Why a task gave no output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinError {
    /// It was aborted, or its runtime shut down.
    Aborted,
    /// It panicked.
    Panicked(PanicMessage),
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aborted => f.write_str("the task was aborted"),
            Self::Panicked(panic) => write!(f, "the task panicked: {}", panic.message),
        }
    }
}

impl std::error::Error for JoinError {}

/// A future did not end in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time is up")
    }
}

impl std::error::Error for Elapsed {}
