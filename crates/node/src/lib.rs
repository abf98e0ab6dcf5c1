//! Ponton's Node.js binding.
//!
//! | part | holds |
//! | --- | --- |
//! | [`Entry`] | a bridge module that is linked in |
//! | `register` | the addon's entry point: builds the API with [`ponton_js::RUNTIME`] |
//! | `env` | Node-API, checked: one function per call we need |
//! | `engine` | [`ponton_js::engine::Engine`] on top of it |
//! | `shapes` | makes records and lists |
//! | `pin` | keeps the library loaded while its threads live |
//! | `state` | what one JavaScript environment (main thread or worker) keeps |
//! | `wake` | its queue, and the one handle that wakes its event loop |
//! | `call` | how a bridged function runs |
//!
//! Worker threads of the runtime never call into JavaScript: they push onto the queue of the environment that waits.
#![cfg(not(target_arch = "wasm32"))]

mod call;
mod engine;
mod env;
mod pin;
mod register;
mod shapes;
mod state;
mod wake;

use ponton_core::module::Module;
use ponton_js::registry::Registry;

use crate::call::Node;

/// A bridge module that is linked into this addon. `#[ponton::bridge]` submits one per module.
pub struct Entry {
    name: &'static str,
    add: fn(&mut Registry<Node>),
}

impl Entry {
    /// The entry of `M`.
    pub const fn of<M: Module>() -> Self {
        Self { name: M::DESC.name, add: Registry::add::<M> }
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Entry").field(&self.name).finish()
    }
}

inventory::collect!(Entry);
