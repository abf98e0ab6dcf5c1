//! The tokio runtime that the native hosts share, and time and tasks on top of it.
//!
//! One multi-thread runtime per loaded library, started by its first use. It never touches a host: it
//! runs [`ponton_core::task::Job`]s and the author's own tasks.
#![cfg(not(target_arch = "wasm32"))]

mod busy;
pub mod fork;
mod lent;
pub mod near;
pub mod runtime;
mod settings;
pub mod task;
pub mod time;
