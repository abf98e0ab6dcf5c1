//! The calls that are in flight, for whoever asks.
//!
//! A call is entered when it first suspends, so that one that is ready at once pays nothing.

use std::cmp::Reverse;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use slab::Slab;

use super::state::State;
use crate::clock;
use crate::lock::{Guard, Lock};

/// A call in flight. See [`live`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Live {
    /// The function: `get`, or `Client.get` for a method.
    pub name: &'static str,
    /// How long ago it suspended first.
    pub age: Duration,
    /// What it does.
    pub state: LiveState,
}

/// What a call in flight does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiveState {
    /// It waits for something to wake it.
    Waiting,
    /// It was woken, and is about to be polled.
    Woken,
    /// It is being polled.
    Running,
    /// Its future has ended, and what it left to be cleaned up goes on.
    CleaningUp,
}

impl LiveState {
    /// `waiting`, `woken`, `running` or `cleaning_up`: the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Woken => "woken",
            Self::Running => "running",
            Self::CleaningUp => "cleaning_up",
        }
    }
}

/// The calls that hosts have made to this library and that have suspended and not ended, the oldest first.
///
/// Tasks of the author's own ([`spawn`]) are not among them. What a call has waited for, its own futures know.
///
/// [`spawn`]: https://docs.rs/ponton/latest/ponton/task/fn.spawn.html
pub fn live() -> Vec<Live> {
    let mut all = live_unsorted();
    all.sort_by_key(|call| Reverse(call.age));
    all
}

/// [`live`] in no order, for a host that sorts by itself: the code for it would be much of a small wasm module.
pub fn live_unsorted() -> Vec<Live> {
    let now = clock::now_us();
    let mut all = Vec::new();
    for (_, entry) in ALL.lock().iter() {
        // SAFETY: a task takes itself out, under the lock, before it goes. Its destructor may wait for that already: see
        // `State`.
        if let Some(state) = unsafe { &*entry.task.0 }.look() {
            all.push(Live { name: entry.name, age: Duration::from_micros(now.saturating_sub(entry.since_us)), state });
        }
    }
    all
}

struct Entry {
    name: &'static str,
    since_us: u64,
    task: Pointer,
}

/// To the state of a task that is there as long as its entry.
#[derive(Clone, Copy)]
struct Pointer(*const State);

// SAFETY: a state is an atomic.
unsafe impl Send for Pointer {}

static ALL: Lock<Slab<Entry>> = Lock::new(Slab::new());

/// No call comes or goes while this lives.
pub(crate) struct Frozen(Guard<'static, Slab<Entry>>);

/// Holds the list still.
pub(crate) fn freeze() -> Frozen {
    Frozen(ALL.lock())
}

impl Frozen {
    /// Takes all out, who must not leave any more.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frozen").field(&self.0.len()).finish()
    }
}

/// A task's place in the list, from 1; 0 when it has none.
pub(super) struct Place(AtomicUsize);

impl Place {
    pub(super) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Enters the task that `task` is the state of.
    ///
    /// # Safety
    /// It stays where it is, and leaves before it goes.
    pub(super) unsafe fn enter(&self, name: &'static str, task: *const State) {
        let entry = Entry { name, since_us: clock::now_us(), task: Pointer(task) };
        self.0.store(ALL.lock().insert(entry) + 1, Ordering::Relaxed);
    }

    /// Takes the task out again, if it was entered.
    #[inline]
    pub(super) fn leave(&self) {
        // Nobody else does so meanwhile: no exchange, which would cost a call that was never entered.
        if let Some(index) = self.0.load(Ordering::Relaxed).checked_sub(1) {
            self.0.store(0, Ordering::Relaxed);
            ALL.lock().try_remove(index); // in a forked child the list was cleared
        }
    }
}
