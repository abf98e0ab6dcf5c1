//! The other direction: Rust calls and awaits JavaScript.
//!
//! | module | holds |
//! | --- | --- |
//! | [`link`] | the way back to an engine, from any thread |
//! | `held` | values that JavaScript keeps for us, and what was thrown |
//! | `callee` | functions, methods and promises as Rust calls and awaits them |
//! | [`requests`] | the host code that Rust waits for |
//! | [`lane`] | the way back of one call, and how host code ends it |

pub(crate) mod callee;
pub(crate) mod held;
pub mod lane;
pub mod link;
pub mod requests;

pub use self::held::raised;
