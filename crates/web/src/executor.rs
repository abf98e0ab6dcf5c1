//! The jobs that are due, and the turns that run them.
//!
//! Everything of one instance runs here, on the thread of its page or worker. A turn runs what was due when it
//! began; what becomes due meanwhile waits for the next, so that promises of the page get theirs in between.
//! No borrow is held while a job runs: a job that traps leaves the queue usable.

use std::cell::Cell;
use std::collections::VecDeque;

use ponton_core::lock::Own;
use ponton_core::task::Job;

use crate::host;
use crate::one_thread::OneThread;

/// Jobs between two looks at the clock.
const CLOCK_EVERY: usize = 32;

static DUE: OneThread<Own<VecDeque<Job>>> = OneThread(Own::new(VecDeque::new()));
static TURN_COMES: OneThread<Cell<bool>> = OneThread(Cell::new(false));

/// Runs `job` in a later turn.
pub(crate) fn schedule(job: Job) {
    DUE.0.get().push_back(job);
    if !TURN_COMES.0.replace(true) {
        host::hop(1);
    }
}

/// Answer of a turn: nothing is left, [`schedule`] asks for the next one.
const REST: i32 = 0;
/// Answer of a turn: the rest has to wait until the page had time to render.
const YIELD: i32 = -1;

/// `more` if there are jobs.
fn next(more: i32) -> i32 {
    let rest = DUE.0.get().is_empty();
    TURN_COMES.0.set(!rest);
    if rest { REST } else { more }
}

/// Runs what is due, for about `budget` milliseconds. Answers [`REST`], [`YIELD`], or how many jobs it ran when another
/// turn may follow at once.
#[unsafe(no_mangle)]
extern "C" fn ponton_turn(budget: f64) -> i32 {
    let due = DUE.0.get().len();
    let mut until = None;
    for done in 1..=due {
        let Some(job) = DUE.0.get().pop_front() else { break };
        job.run();
        if done % CLOCK_EVERY == 0 {
            let now = host::now();
            // The jobs before the first look are few: the budget counts from there.
            if now > *until.get_or_insert(now + budget) {
                return next(YIELD);
            }
        }
    }
    next(i32::try_from(due).unwrap_or(i32::MAX).max(1))
}

/// Calls a function that the page was given the address of.
#[unsafe(no_mangle)]
extern "C" fn ponton_run(function: extern "C" fn()) {
    function();
}
