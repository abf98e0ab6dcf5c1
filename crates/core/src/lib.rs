//! The heart of Ponton: everything about a bridged call that does not depend on a host.
//!
//! | module | holds |
//! | --- | --- |
//! | [`desc`], [`ir`] | the API description and its JSON form |
//! | [`module`] | what `#[ponton::bridge]` emits: functions, objects, errors, and the [`module::Call`] a host answers |
//! | [`convert`] | the type table, on top of each host's [`convert::Reader`] and [`convert::Writer`] |
//! | [`host`] | the other direction: Rust awaits host code |
//! | [`task`] | the state machine of one bridged future |
//! | [`queue`] | the completion queue of one host loop |
//! | [`trace`], [`clock`] | the lifecycle trace |
//! | [`fork`] | what is held still while a process forks |
//! | [`span`] | the `tracing` span of a call |
//! | [`thread`] | which thread this is |
//! | [`errors`], [`panic`] | what tasks and timers fail with |
//! | [`text`] | messages |
//!
//! It knows no host, no runtime and no macro.

pub mod clock;
pub mod convert;
pub mod desc;
pub mod errors;
pub mod fork;
pub mod host;
pub mod ir;
pub mod lock;
pub mod marker;
#[cfg(all(test, loom))]
mod models;
pub mod module;
pub mod panic;
pub mod queue;
pub mod span;
mod sync;
pub mod task;
pub mod text;
pub mod thread;
pub mod trace;
