//! Who may touch a task's cell, as one atomic byte.
//!
//! | bit | set while |
//! | --- | --- |
//! | `STARTED` | from the first poll on |
//! | `RUNNING` | one thread owns the cell: it polls, cancels or finishes |
//! | `WOKEN` | a job is queued; or, with `RUNNING`, a wake came during the poll |
//! | `CANCEL` | the host asked for the end during a poll |
//! | `DONE` | the future is gone; an outcome may be there |
//! | `TAKEN` | somebody took the outcome |
//! | `CLEANING` | the future is gone, and work that it left goes on: no cancel stops that |
//! | `STOPPED` | the host asked for the end meanwhile: it is told of that instead of a result |

use std::marker::PhantomPinned;

use crate::sync::atomic::{AtomicU8, Ordering};

use super::live::LiveState;

const STARTED: u8 = 1;
const RUNNING: u8 = 1 << 1;
const WOKEN: u8 = 1 << 2;
const CANCEL: u8 = 1 << 3;
const DONE: u8 = 1 << 4;
const TAKEN: u8 = 1 << 5;
const CLEANING: u8 = 1 << 6;
const STOPPED: u8 = 1 << 7;

/// Pinned, so that the `&mut` of a task's destructor claims nothing for itself: who lists the calls looks at the state by a
/// pointer until the destructor has taken it from the list.
pub(super) struct State(AtomicU8, PhantomPinned);

/// The answer to a request to cancel.
pub(super) enum Cancel {
    /// The caller owns the cell now and must end the task.
    Claimed,
    /// Whoever polls will see it, or the task is as good as ended.
    Requested,
    TooLate,
}

/// What happened during a poll that did not end the task.
pub(super) enum Suspend {
    /// Nothing; the cell is nobody's.
    Idle,
    /// A wake; the cell is nobody's and a job is due.
    Woken,
    /// A cancel; the caller still owns the cell and must end the task.
    Cancelled,
}

impl State {
    pub(super) fn new() -> Self {
        Self(AtomicU8::new(0), PhantomPinned)
    }

    /// Takes the cell for a poll. `Some(true)` at the first one; `None` when the task is done or being polled.
    pub(super) fn resume(&self) -> Option<bool> {
        self.update(|s| (s & (RUNNING | DONE) == 0).then_some((s & !WOKEN) | STARTED | RUNNING))
            .map(|before| before & STARTED == 0)
    }

    /// As [`Self::resume`] at the first poll, where nobody else can reach the task. False when it was started before.
    pub(super) fn start_alone(&self) -> bool {
        let is_new = self.0.load(Ordering::Relaxed) == 0;
        if is_new {
            self.0.store(STARTED | RUNNING, Ordering::Relaxed);
        }
        is_new
    }

    /// Gives the cell back after `Pending`.
    pub(super) fn suspend(&self) -> Suspend {
        let before = self.update(|s| Some(if s & CANCEL == 0 { s & !RUNNING } else { s }));
        match before.unwrap_or(DONE) {
            s if s & CANCEL != 0 => Suspend::Cancelled,
            s if s & WOKEN != 0 => Suspend::Woken,
            _ => Suspend::Idle,
        }
    }

    /// Notes a wake. True when the caller must schedule a job.
    pub(super) fn wake(&self) -> bool {
        self.update(|s| (s & (WOKEN | DONE) == 0).then_some(s | WOKEN)).is_some_and(|before| before & RUNNING == 0)
    }

    /// As [`Self::suspend`], when the future is gone and work of it goes on.
    pub(super) fn clean_up(&self) -> Suspend {
        // A cancel that came before has had its effect: the future is gone. After that only `abort` sets `CANCEL`.
        let aborted = |s: u8| s & (CLEANING | CANCEL) == CLEANING | CANCEL;
        let before = self.update(|s| Some(if aborted(s) { s } else { (s | CLEANING) & !(RUNNING | CANCEL) }));
        match before.unwrap_or(DONE) {
            s if aborted(s) => Suspend::Cancelled,
            s if s & WOKEN != 0 => Suspend::Woken,
            _ => Suspend::Idle,
        }
    }

    pub(super) fn cancel(&self) -> Cancel {
        self.end(|s| s & CLEANING != 0)
    }

    /// As [`Self::cancel`], and ends the work too that goes on after the future.
    pub(super) fn abort(&self) -> Cancel {
        self.end(|_| false)
    }

    /// As [`Self::abort`], if there is nothing left but work: from a thread that must not touch the future.
    pub(super) fn abort_work(&self) -> Cancel {
        if self.0.load(Ordering::Acquire) & CLEANING == 0 { Cancel::TooLate } else { self.abort() }
    }

    /// Whether a cancel came while work went on.
    pub(super) fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed) & STOPPED != 0
    }

    fn end(&self, goes_on: impl Fn(u8) -> bool) -> Cancel {
        let before = self.update(|s| match s {
            s if s & DONE != 0 => None,
            s if goes_on(s) => Some(s | STOPPED),
            s if s & RUNNING != 0 => Some(s | CANCEL),
            s => Some(s | RUNNING | CANCEL),
        });
        match before {
            None => Cancel::TooLate,
            Some(s) if s & RUNNING != 0 || goes_on(s) => Cancel::Requested,
            Some(_) => Cancel::Claimed,
        }
    }

    /// The owner of the cell is through with it for good.
    pub(super) fn finish(&self) {
        self.update(|s| Some((s | DONE) & !(RUNNING | WOKEN)));
    }

    /// As [`Self::finish`], where nobody else can reach the task.
    pub(super) fn finish_alone(&self) {
        self.0.store(STARTED | DONE, Ordering::Relaxed);
    }

    /// True for one caller, after [`Self::finish`].
    pub(super) fn take_outcome(&self) -> bool {
        self.update(|s| (s & (DONE | TAKEN) == DONE).then_some(s | TAKEN)).is_some()
    }

    /// What the task does, to tell somebody. `None` when it has ended.
    pub(super) fn look(&self) -> Option<LiveState> {
        match self.0.load(Ordering::Acquire) {
            s if s & DONE != 0 => None,
            s if s & CLEANING != 0 => Some(LiveState::CleaningUp),
            s if s & RUNNING != 0 => Some(LiveState::Running),
            s if s & WOKEN != 0 => Some(LiveState::Woken),
            _ => Some(LiveState::Waiting),
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.0.load(Ordering::Acquire) & DONE != 0
    }

    fn update(&self, change: impl FnMut(u8) -> Option<u8>) -> Option<u8> {
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, change).ok()
    }
}
