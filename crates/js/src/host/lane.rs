//! The way back of one call.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use ponton_core::host::lane::{Errand, Lane};
use ponton_core::host::{self, HostError};
use ponton_core::lock::{Guard, Lock, Once};

use super::held::raised;
use super::link::Link;
use crate::engine::{Engine, Hook};

/// The way back of the call in `slot`. Slots are used again: once the call is over, this is nobody's.
pub struct CallLane<E: Engine> {
    link: E::Link,
    slot: Option<u32>,
    state: Lock<State>,
}

#[derive(Default)]
struct State {
    ended: bool,
    /// What the call ends with. The first one counts.
    failure: Option<HostError>,
}

impl<E: Engine> CallLane<E> {
    fn new(link: E::Link, slot: Option<u32>) -> Arc<Self> {
        Arc::new(Self { link, slot, state: Lock::default() })
    }

    /// To the engine, for code that no call owns.
    pub(super) fn unowned(link: E::Link) -> Arc<dyn Lane> {
        Self::new(link, None)
    }

    /// Whether this and `link` lead to the same engine.
    pub(super) fn leads_to(&self, link: &E::Link) -> bool {
        self.link.is_same(link)
    }

    fn state(&self) -> Guard<'_, State> {
        self.state.lock()
    }
}

/// `lane`, if it leads to an engine of this kind.
pub(super) fn lane_of<E: Engine>(lane: &dyn Lane) -> Option<&CallLane<E>> {
    (lane as &dyn Any).downcast_ref()
}

/// The slot of the call that `lane` belongs to, as hooks take it: -1 when there is none, or it is over.
pub(super) fn slot_of<E: Engine>(engine: &E, lane: Option<&Arc<dyn Lane>>) -> E::Value {
    let lane = lane.and_then(|lane| lane_of::<E>(&**lane));
    let slot = lane.filter(|lane| lane.leads_to(engine.link()) && !lane.state().ended).and_then(|lane| lane.slot);
    engine.new_number(slot.map_or(-1.0, f64::from))
}

impl<E: Engine> Lane for CallLane<E> {
    fn is_here(&self) -> bool {
        self.link.is_here()
    }

    fn post(&self, errand: Arc<dyn Errand>) -> Result<(), Arc<dyn Errand>> {
        self.link.post(errand)
    }

    fn is_open(&self) -> bool {
        let state = self.state();
        !state.ended && state.failure.is_none() && self.link.is_open()
    }

    fn fail(&self, error: HostError) {
        let errand: Failing<E> = {
            let mut state = self.state();
            match self.slot {
                Some(slot) if !state.ended => {
                    if state.failure.is_some() {
                        return;
                    }
                    state.failure = Some(error);
                    Failing { link: self.link.clone(), what: What::Ends(slot) }
                }
                _ => Failing { link: self.link.clone(), what: What::Unheard(error) },
            }
        };
        if self.link.is_here() {
            errand.go();
        } else {
            // When the engine has ended, so has the call, and nobody is left to hear of it; but what comes back may be
            // another's.
            if let Err(errand) = self.link.post(Arc::new(errand)) {
                errand.abandon();
            }
        }
    }
}

/// On its way to the engine's thread.
struct Failing<E: Engine> {
    link: E::Link,
    what: What,
}

enum What {
    /// The call in that slot has a failure, if it is still that call.
    Ends(u32),
    /// Nobody waits for the call any more.
    Unheard(HostError),
}

impl<E: Engine> Failing<E> {
    fn go(&self) {
        self.link.with(|engine| {
            engine.scope(|| match &self.what {
                What::Ends(slot) => engine.slots().fail(engine, *slot),
                What::Unheard(error) => {
                    let _ = engine.call_hook(Hook::Report, &[raised(engine, error)]);
                }
            });
        });
    }
}

impl<E: Engine> Errand for Failing<E> {
    fn run(self: Arc<Self>) {
        self.go();
    }

    fn abandon(self: Arc<Self>) {}
}

/// The lane of one call, made when it is first asked for.
pub struct LaneCell<E: Engine>(Once<Arc<CallLane<E>>>);

impl<E: Engine> LaneCell<E> {
    /// Without a lane yet.
    #[expect(clippy::new_without_default, reason = "it belongs to a call")]
    pub const fn new() -> Self {
        Self(Once::new())
    }

    /// The lane of the call in `slot`.
    pub fn lane(&self, link: &E::Link, slot: u32) -> &Arc<CallLane<E>> {
        self.0.get_or_init(|| CallLane::new(link.clone(), Some(slot)))
    }

    fn get(&self) -> Option<&Arc<CallLane<E>>> {
        if host::is_absent() { None } else { self.0.get() }
    }

    /// Whether host code has ended the call.
    pub(crate) fn has_failed(&self) -> bool {
        self.get().is_some_and(|lane| lane.state().failure.is_some())
    }

    /// The call is over: gives what host code has ended it with. While it is being polled elsewhere, the lane must be there.
    pub fn end(&self) -> Option<HostError> {
        let mut state = self.get()?.state();
        state.ended = true;
        state.failure.take()
    }
}

impl<E: Engine> fmt::Debug for LaneCell<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LaneCell")
    }
}
