//! The completion queue: many threads push, one host loop drains, one wake per batch.

use std::fmt;

use crate::clock;
use crate::sync::SegQueue;
use crate::sync::atomic::{AtomicBool, Ordering, fence};

/// How much one drain may do before it yields to the rest of the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Items.
    pub items: usize,
    /// Microseconds, looked at every few items.
    pub micros: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { items: 1024, micros: 8_000 }
    }
}

const CLOCK_EVERY: usize = 32;

/// One per host loop. `T` is what the host settles or runs, `W` how its loop is woken.
pub struct LoopQueue<T, W> {
    items: SegQueue<T>,
    scheduled: AtomicBool,
    closed: AtomicBool,
    wake: W,
}

impl<T, W: Fn()> LoopQueue<T, W> {
    /// An empty queue; `wake` makes the loop call [`Self::drain`] soon, and may be called from any thread.
    pub fn new(wake: W) -> Self {
        Self { items: SegQueue::new(), scheduled: AtomicBool::new(false), closed: AtomicBool::new(false), wake }
    }

    /// Appends `item` and wakes the loop if nobody has yet. Once the queue is closed, an item comes back: this one, or
    /// one that was pushed at the same time.
    pub fn push(&self, item: T) -> Result<(), T> {
        if self.is_closed() {
            return Err(item);
        }
        self.items.push(item);
        // Either `close` sees the item, or this sees that it closed.
        fence(Ordering::SeqCst);
        if self.is_closed() {
            return self.items.pop().map_or(Ok(()), Err);
        }
        if !self.scheduled.swap(true, Ordering::AcqRel) {
            (self.wake)();
        }
        Ok(())
    }

    /// Takes it on the caller to drain soon: until then, pushes wake nobody. Gives false when somebody is to drain already.
    pub fn attend(&self) -> bool {
        !self.scheduled.swap(true, Ordering::AcqRel)
    }

    /// Hands over what was queued when the drain began, as far as `budget` allows; wakes the loop again for the rest.
    /// Items pushed meanwhile wait for the next drain, so that the host's own callbacks get their turn.
    pub fn drain(&self, budget: Budget, mut each: impl FnMut(T)) {
        // Swapped, not stored: a push that found somebody scheduled has queued its item before, and a load below must not
        // be done before that is known. Nobody else would drain.
        self.scheduled.swap(false, Ordering::AcqRel);
        // Also when `each` panics: what is left must not wait for the next push.
        let _rewake = Rewake(self);
        let due = self.items.len().min(budget.items);
        // So few need no clock.
        let began = if due < CLOCK_EVERY { 0 } else { clock::now_us() };
        for done in 0..due {
            if done % CLOCK_EVERY == CLOCK_EVERY - 1 && clock::now_us().saturating_sub(began) > budget.micros {
                break;
            }
            match self.items.pop() {
                Some(item) => each(item),
                None => return,
            }
        }
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Refuses further items and hands over what is left, for the loop is going away.
    pub fn close(&self, mut each: impl FnMut(T)) {
        self.closed.store(true, Ordering::Release);
        fence(Ordering::SeqCst);
        while let Some(item) = self.items.pop() {
            each(item);
        }
    }

    /// Whether [`Self::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// The end of a drain: wakes the loop again when something is left.
struct Rewake<'a, T, W: Fn()>(&'a LoopQueue<T, W>);

impl<T, W: Fn()> Drop for Rewake<'_, T, W> {
    fn drop(&mut self) {
        let queue = self.0;
        if !queue.items.is_empty() && !queue.scheduled.swap(true, Ordering::AcqRel) {
            (queue.wake)();
        }
    }
}

impl<T, W> fmt::Debug for LoopQueue<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopQueue")
            .field("len", &self.items.len())
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}
