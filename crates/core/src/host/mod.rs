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

use std::sync::atomic::{AtomicBool, Ordering};

static IN_USE: AtomicBool = AtomicBool::new(false);

/// Whether Rust was ever handed code of a host's. A process in which it was not pays nothing for this module.
#[inline]
pub fn in_use() -> bool {
    IN_USE.load(Ordering::Relaxed)
}

/// Whether nothing of this module can have come about. On the web a package without host code is then linked without it.
#[inline]
pub fn is_absent() -> bool {
    cfg!(target_arch = "wasm32") && !in_use()
}

/// Rust is handed code of a host's.
pub(crate) fn put_to_use() {
    if !in_use() {
        IN_USE.store(true, Ordering::Relaxed);
    }
}
