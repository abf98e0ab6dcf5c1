//! The way back to an engine.

use std::sync::Arc;

use ponton_core::host::lane::Errand;
use ponton_core::marker::{MaybeSend, MaybeSync};

use crate::engine::Engine;

/// The way back to one engine, from any thread. It keeps nothing alive.
pub trait Link: Clone + MaybeSend + MaybeSync + 'static {
    /// The engine it leads to.
    type Engine: Engine<Link = Self>;

    /// Whether this is the engine's own thread, and it has not ended.
    fn is_here(&self) -> bool;
    /// Whether the engine has not ended.
    fn is_open(&self) -> bool;
    /// Whether both lead to the same engine.
    fn is_same(&self, other: &Self) -> bool;
    /// Runs `body` on the engine, where [`Self::is_here`].
    fn with<T>(&self, body: impl FnOnce(&Self::Engine) -> T) -> Option<T>;
    /// Has `errand` run on the engine's thread, behind what was queued before. Gives it back when the engine has ended.
    fn post(&self, errand: Arc<dyn Errand>) -> Result<(), Arc<dyn Errand>>;
    /// Has what is held at `index` let go of ([`crate::engine::Hook::Release`]), from another thread than the engine's.
    /// After the engine's end there is nothing to do.
    fn release(&self, index: u32);
}
