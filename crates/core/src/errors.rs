//! What `ponton::time`, `ponton::task` and `ponton::runtime` fail with: the same types on every host.

use std::fmt;

use crate::host::HostError;
use crate::panic::{Caught, PanicMessage};

/// Why a task gave no output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinError {
    /// It was aborted, or its runtime shut down.
    Aborted,
    /// It panicked.
    Panicked(PanicMessage),
    /// Host code that it called raised this, and it had no `Result` to take it. The call that spawned it ends with it too.
    Raised(HostError),
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aborted => f.write_str("the task was aborted"),
            Self::Raised(error) => write!(f, "host code raised {error}"),
            Self::Panicked(panic) => write!(f, "the task panicked: {}", panic.message),
        }
    }
}

impl std::error::Error for JoinError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Raised(error) => Some(error),
            Self::Aborted | Self::Panicked(_) => None,
        }
    }
}

impl From<Caught> for JoinError {
    fn from(caught: Caught) -> Self {
        match caught {
            Caught::Raised(error) => Self::Raised(error),
            Caught::Panicked(panic) => Self::Panicked(panic),
        }
    }
}

/// A future did not end in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time is up")
    }
}

impl std::error::Error for Elapsed {}

/// Why a setting was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingError {
    /// The runtime has started: with the first call, unless that is to a `#[setup]` function.
    Started,
    /// It was set before.
    SetBefore,
    /// It was to be zero.
    Zero,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Started => "the runtime has started: set this before, in a #[setup] function that is called first",
            Self::SetBefore => "this was set before",
            Self::Zero => "this cannot be zero",
        })
    }
}

impl std::error::Error for SettingError {}
