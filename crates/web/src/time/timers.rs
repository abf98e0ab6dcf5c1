//! Every sleeper in one heap, and one `setTimeout` for the earliest.

use std::cell::Cell;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use ponton_core::lock::Own;

use crate::one_thread::OneThread;
use crate::{clock, host};

/// Stopped timers stay in the heap until they are most of it, and at least this many.
const SWEEP_FROM: usize = 64;

/// The deadline of no timer.
const NEVER: u64 = u64::MAX;

/// One sleeper.
pub(super) struct Timer {
    state: Cell<State>,
    waker: Cell<Option<Waker>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Fired,
    Stopped,
}

/// A place in the heap: earliest first, then in the order of starting.
struct Entry {
    deadline_us: u64,
    order: u64,
    timer: Rc<Timer>,
}

struct Timers {
    heap: BinaryHeap<Reverse<Entry>>,
    started: u64,
    stopped: usize,
    /// When the host's timer fires; [`NEVER`] when there is none.
    armed_us: u64,
}

static TIMERS: OneThread<Own<Timers>> =
    OneThread(Own::new(Timers { heap: BinaryHeap::new(), started: 0, stopped: 0, armed_us: NEVER }));

impl Timer {
    /// Starts a timer that wakes `waker` at `deadline`, told from the clock's origin.
    pub(super) fn start(deadline: Duration, waker: Waker) -> Rc<Self> {
        // Never early: a fraction of a microsecond counts as a whole one.
        let fraction = u64::from(deadline.subsec_nanos().div_ceil(1000));
        let deadline_us = deadline.as_secs().saturating_mul(1_000_000).saturating_add(fraction).min(NEVER - 1);
        let timer = Rc::new(Self { state: Cell::new(State::Waiting), waker: Cell::new(Some(waker)) });
        let mut timers = TIMERS.0.get();
        let order = timers.started;
        timers.started += 1;
        timers.heap.push(Reverse(Entry { deadline_us, order, timer: Rc::clone(&timer) }));
        if deadline_us < timers.armed_us {
            timers.armed_us = deadline_us;
            drop(timers); // the page's timer may be anybody's code
            arm(deadline_us);
        }
        timer
    }

    pub(super) fn has_fired(&self) -> bool {
        self.state.get() == State::Fired
    }

    /// Replaces the waker.
    pub(super) fn wake_later(&self, waker: &Waker) {
        let known = self.waker.take();
        let same = known.as_ref().is_some_and(|known| known.will_wake(waker));
        self.waker.set(if same { known } else { Some(waker.clone()) });
    }

    /// Forgets the waker. The host's timer may fire for nothing.
    pub(super) fn stop(&self) {
        if self.state.replace(State::Stopped) != State::Waiting {
            return;
        }
        drop(self.waker.take());
        let mut timers = TIMERS.0.get();
        timers.stopped += 1;
        if timers.stopped >= SWEEP_FROM && timers.stopped * 2 > timers.heap.len() {
            timers.stopped = 0;
            timers.heap.retain(|Reverse(entry)| entry.timer.state.get() == State::Waiting);
        }
    }
}

/// The host's timer fired: wakes whoever is due and sets it for the next. A waker that traps is not met again, so
/// the host calls this once more after a trap. It is no export, which would be linked into modules that never wait.
extern "C" fn tick() {
    let now = clock::now_us();
    while let Some(timer) = next_due(now) {
        if let Some(waker) = timer.waker.take() {
            waker.wake();
        }
    }
    let mut timers = TIMERS.0.get();
    timers.armed_us = timers.heap.peek().map_or(NEVER, |Reverse(entry)| entry.deadline_us);
    let next_us = timers.armed_us;
    drop(timers);
    if next_us != NEVER {
        arm(next_us);
    }
}

/// The timers are nobody's when the waker runs, which may start others.
fn next_due(now: u64) -> Option<Rc<Timer>> {
    TIMERS.0.get().pop_due(now)
}

impl Timers {
    /// Takes the next timer that is due, and clears stopped ones out of its way.
    fn pop_due(&mut self, now: u64) -> Option<Rc<Timer>> {
        loop {
            let Reverse(entry) = self.heap.peek()?;
            let state = entry.timer.state.get();
            if state == State::Waiting && entry.deadline_us > now {
                return None;
            }
            let Reverse(Entry { timer, .. }) = self.heap.pop()?;
            if state == State::Waiting {
                timer.state.set(State::Fired);
                return Some(timer);
            }
            self.stopped = self.stopped.saturating_sub(1);
        }
    }
}

/// The host cuts what its timer cannot hold; a tick that comes too early sets it again.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 µs, 285 years, precision no longer matters")]
fn arm(deadline_us: u64) {
    host::arm(deadline_us.saturating_sub(clock::now_us()) as f64 / 1000.0, tick as *const () as usize);
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.deadline_us, self.order).cmp(&(other.deadline_us, other.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
