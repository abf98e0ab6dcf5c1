//! Whose future is being polled: whom a trap takes down.

use std::rc::Rc;

use ponton_core::host::lane;
use ponton_core::lock::Own;
use ponton_core::panic::{Caught, PanicMessage};
use ponton_core::trace;
use ponton_js::answer;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::calls;
use crate::engine::Page;
use crate::one_thread::OneThread;
use crate::values;

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
    /// Its poll trapped.
    fn fail(&self, caught: &Caught);
}

/// A stack, because a poll may call into JavaScript, which may call back.
static RUNNING: OneThread<Own<Vec<Runner>>> = OneThread(Own::new(Vec::new()));

/// Author code runs until this is dropped. A trap does not drop it, which is how [`ponton_trapped`] finds the culprit.
pub(crate) struct Guard(usize);

/// Author code of `who` runs until the guard is dropped.
pub(crate) fn enter(who: Runner) -> Guard {
    let mut running = RUNNING.0.get();
    running.push(who);
    Guard(running.len() - 1)
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Dropping one may run code that comes back here: not under the borrow.
        while let Some(gone) = leave(self.0) {
            drop(gone);
        }
    }
}

/// Takes the innermost of those above the first `polls`.
fn leave(polls: usize) -> Option<Runner> {
    let mut running = RUNNING.0.get();
    if running.len() > polls { running.pop() } else { None }
}

/// How many polls are under way, for [`ponton_trapped`].
#[unsafe(no_mangle)]
extern "C" fn ponton_polls() -> usize {
    RUNNING.0.get().len()
}

/// Code of ours trapped with `message`, and took the stack frames of the polls above the first `polls`: those end here.
/// Gives the error for whoever called us; `own` is that caller's call, which hears of it no other way.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports nothing less")]
#[expect(clippy::needless_pass_by_value, reason = "JavaScript hands it over, and a borrow takes more glue")]
pub fn ponton_trapped(polls: usize, own: i32, message: JsValue) -> JsValue {
    let message = values::text(&message).unwrap_or_default();
    let caught = Caught::from_trap(PanicMessage { message });
    lane::leave_scopes();
    trace::leave_scopes();
    while let Some(lost) = leave(polls) {
        match lost {
            Runner::Call(slot) if slot == own.cast_unsigned() => {}
            Runner::Call(slot) => calls::fail(slot, &caught),
            Runner::Task(task) => task.fail(&caught),
        }
    }
    answer::caught(&Page, &caught)
}
