//! Whether the polls of a function are short, as learnt from those that were.

use std::sync::atomic::{AtomicI32, Ordering};

/// A poll up to this long is short: about what it costs to wake a worker for it.
const SHORT_US: u64 = 20;
/// What a short poll earns, in microseconds of long ones.
const EARNS_US: i32 = 4;
/// The most that is saved up.
const SAVED_US: i32 = 1_000;
/// The deepest debt: the next 250,000 polls go elsewhere.
const DEBT_US: i32 = 1_000_000;

/// How long the polls of one function have been taking, for all of its calls. One for each bridged `async fn`.
///
/// It is an account in microseconds. A short poll earns a little, a long one costs what it took. While there is a balance, a
/// loop's thread may poll what it woke. So what long polls of a function take from loops is bounded by its short ones, and
/// a function of which nothing is known yet is not polled there again.
#[derive(Debug)]
pub struct Habit(AtomicI32);

impl Habit {
    /// Nothing is known.
    #[expect(clippy::new_without_default, reason = "habits are statics")]
    pub const fn new() -> Self {
        Self(AtomicI32::new(0))
    }

    /// Whether the next poll is expected to be short.
    pub fn is_short(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    /// A poll took `micros`. Of notes that are made at the same time one may be lost.
    pub fn note(&self, micros: u64) {
        let balance = self.0.load(Ordering::Relaxed);
        let next = if micros <= SHORT_US {
            balance.saturating_add(EARNS_US).min(SAVED_US)
        } else {
            balance.saturating_sub_unsigned(micros.try_into().unwrap_or(u32::MAX)).max(-DEBT_US)
        };
        if next != balance {
            self.0.store(next, Ordering::Relaxed);
        }
    }
}
