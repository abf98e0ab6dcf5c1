//! The second lane: Rust asks its host for something.
//!
//! | module | holds |
//! | --- | --- |
//! | [`lane`] | the loop that host code runs on, and whose call a poll belongs to |
//! | [`function`] | functions of the host's as Rust sees them, and what a host implements for it |
//! | `request`, [`call`] | one call of host code, and the future that waits for it |
//! | [`notify`] | calls without an answer, from any thread, in order |
//! | [`error`] | what host code raised |

pub mod call;
pub mod error;
pub mod function;
pub mod lane;
pub mod notify;
mod request;

pub use self::call::{HostCall, HostFuture};
pub use self::error::HostError;
