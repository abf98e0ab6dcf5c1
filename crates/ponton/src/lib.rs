//! Write async Rust once; await it from Python, Node.js and the browser, each with the semantics its users expect.

pub use bytes::Bytes;
pub use ponton_core::host::{HostError, HostFuture};
/// What a host's function gives where it is awaited in a task of its own, or kept:
/// `impl Fn(u32) -> BoxFuture<'static, u32>`.
///
pub use ponton_core::marker::BoxFuture;
pub use ponton_core::trace;
#[doc = include_str!("bridge.md")]
pub use ponton_macros::bridge;
/// Goes on an `impl` in Rust of a `#[callback]` trait: a test's stand-in for what a host implements.
///
/// It lets `async fn`s stand for the boxed futures that the trait has, as inside the bridge module.
pub use ponton_macros::callback;

mod cleanup;

pub use cleanup::{Cleanup, Shield, cleanup, shield};

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(not(target_arch = "wasm32"))]
pub use ponton_native::{runtime, task, time};
#[cfg(target_arch = "wasm32")]
pub use ponton_web::{runtime, task, time};

/// What a bridge module needs: `use ponton::prelude::*;`.
pub mod prelude {
    pub use std::collections::HashMap;
    pub use std::sync::Arc;
    pub use std::time::{Duration, SystemTime};

    pub use bytes::Bytes;

    pub use crate::{BoxFuture, HostError, HostFuture};
}
