//! Whose future is being polled: whom a trap takes down.

use std::cell::RefCell;
use std::rc::Rc;

use ponton_core::panic::PanicMessage;
use ponton_core::trace;

use crate::calls;

/// Somebody whose code runs.
///
/// After a trap the future is lost. It must not be touched again, not even dropped: it stopped half way. The frames
/// that the trap took hold a count of its `Arc`, so nothing drops it.
#[derive(Clone)]
pub(crate) enum Runner {
    /// The call in that slot.
    Call(u32),
    /// A spawned task.
    Task(Rc<dyn Fail>),
}

/// A spawned task that can hear of its end.
pub(crate) trait Fail {
    /// Its poll panicked.
    fn fail(&self, panic: PanicMessage);
}

thread_local! {
    // A stack, because a poll may call into JavaScript, which may call back.
    static RUNNING: RefCell<Vec<Runner>> = const { RefCell::new(Vec::new()) };
}

/// Author code runs until this is dropped. A trap does not drop it, which is how [`fail`] finds the culprit.
pub(crate) struct Guard(usize);

/// Author code of `who` runs until the guard is dropped.
pub(crate) fn enter(who: Runner) -> Guard {
    RUNNING.with_borrow_mut(|running| {
        running.push(who);
        Guard(running.len() - 1)
    })
}

impl Drop for Guard {
    fn drop(&mut self) {
        truncate(self.0);
    }
}

fn truncate(depth: usize) {
    // Dropping one may run code that comes back here: not under the borrow.
    while let Some(gone) = RUNNING.with_borrow_mut(|running| if running.len() > depth { running.pop() } else { None }) {
        drop(gone);
    }
}

/// Tells whoever was running when a turn trapped.
pub(crate) fn fail(panic: PanicMessage) {
    let culprit = RUNNING.with_borrow_mut(Vec::pop);
    ponton_unwind(0);
    match culprit {
        Some(Runner::Call(slot)) => calls::fail(slot, &panic),
        Some(Runner::Task(task)) => task.fail(panic),
        None => {}
    }
}

/// How many polls are under way, for [`ponton_unwind`].
#[unsafe(no_mangle)]
extern "C" fn ponton_polls() -> usize {
    RUNNING.with_borrow(Vec::len)
}

/// Forgets the polls above the first `polls`: a trap has taken their stack frames.
#[unsafe(no_mangle)]
extern "C" fn ponton_unwind(polls: usize) {
    truncate(polls);
    trace::leave_scopes();
}
