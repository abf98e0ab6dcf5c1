//! The calls that are pending, by the slot that JavaScript gave them.

use std::cell::Cell;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::task::Poll;

use ponton_core::desc::FnDesc;
use ponton_core::host::{self, HostError};
use ponton_core::lock::Own;
use ponton_core::module::Return;
use ponton_core::task::{Cancelled, Outcome, Task, TaskHost};
use ponton_core::trace::Event;

use crate::answer::{Settled, answer_outcome};
use crate::engine::Engine;
use crate::host::lane::LaneCell;
use crate::host::raised;

/// What the host's side of a task knows of its call.
pub trait CallHost<E: Engine>: TaskHost {
    /// The slot that JavaScript gave it.
    fn slot(&self) -> u32;
    /// The function that was called.
    fn desc(&self) -> &'static FnDesc;
    /// Whether the first poll is ours, or its executor's.
    fn polls_first(&self) -> bool;
    /// What [`TaskHost::lane`] is made in.
    fn lane_cell(&self) -> &LaneCell<E>;
}

/// A task with its types erased, as the host's thread sees it.
pub trait AnyTask<E: Engine>: Send + Sync {
    /// The slot that JavaScript gave it.
    fn slot(&self) -> u32;
    /// The first poll, or the request for it. Gives the answer if there is one already.
    fn start(self: Arc<Self>, engine: &E) -> Option<Settled<E::Value>>;
    /// Drops the future.
    fn cancel(self: Arc<Self>) -> Cancelled;
    /// Nobody waits any more for a future that is being polled elsewhere.
    fn abandon(&self, engine: &E);
    /// Whether host code has ended the call.
    fn has_failed(&self) -> bool;
    /// The call is over. Gives what host code has ended it with.
    fn end_lane(&self) -> Option<HostError>;
    /// The answer, once it is there. Called once.
    fn answer(&self, engine: &E) -> Settled<E::Value>;
    /// Lets go of the outcome that nobody waits for.
    fn forget(&self);
    /// [`live`](ponton_core::task::live) does not show it any more.
    fn hide(&self);
    /// Records a step.
    fn emit(&self, event: Event);
}

impl<E, F, H> AnyTask<E> for Task<F, H>
where
    E: Engine,
    F: Future + 'static,
    F::Output: Return,
    H: CallHost<E>,
{
    fn slot(&self) -> u32 {
        self.host().slot()
    }

    fn start(self: Arc<Self>, engine: &E) -> Option<Settled<E::Value>> {
        start(&self, engine)
    }

    fn cancel(self: Arc<Self>) -> Cancelled {
        Task::cancel(&self)
    }

    fn abandon(&self, engine: &E) {
        if host::is_absent() {
            return;
        }
        // The poll may ask for its lane after this: it shall get one that has ended.
        self.host().lane_cell().lane(engine.link(), self.host().slot());
        self.host().lane_cell().end();
    }

    fn has_failed(&self) -> bool {
        self.host().lane_cell().has_failed()
    }

    fn end_lane(&self) -> Option<HostError> {
        self.host().lane_cell().end()
    }

    fn answer(&self, engine: &E) -> Settled<E::Value> {
        conclude(engine, self.host(), self.take_outcome().unwrap_or(Outcome::Cancelled))
    }

    fn forget(&self) {
        self.host().lane_cell().end();
        // The author's destructor may panic, and the answers of other calls are under way around us.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(self.take_outcome())));
    }

    fn hide(&self) {
        Task::hide(self);
    }

    fn emit(&self, event: Event) {
        self.trace().emit(event);
    }
}

/// See [`AnyTask::start`].
fn start<E, F, H>(task: &Arc<Task<F, H>>, engine: &E) -> Option<Settled<E::Value>>
where
    E: Engine,
    F: Future + 'static,
    F::Output: Return,
    H: CallHost<E>,
{
    if !task.host().polls_first() {
        task.start_elsewhere();
        return None;
    }
    let outcome = match task.poll_first() {
        // Host code may have ended it in a place that its poll does not see, such as a task that it has spawned.
        Poll::Pending if task.host().lane_cell().has_failed() => match task.cancel() {
            Cancelled::Dropped => Outcome::Cancelled,
            Cancelled::Requested | Cancelled::TooLate => return None,
        },
        Poll::Pending => return None,
        Poll::Ready(outcome) => outcome,
    };
    let settled = conclude(engine, task.host(), outcome);
    task.trace().emit(Event::Settled);
    Some(settled)
}

/// The answer of a call that is over. What host code has ended it with wins.
fn conclude<E, H, R>(engine: &E, host: &H, outcome: Outcome<R>) -> Settled<E::Value>
where
    E: Engine,
    H: CallHost<E>,
    R: Return,
{
    let Some(error) = host.lane_cell().end() else { return answer_outcome(engine, host.desc(), outcome) };
    // The author's destructor may panic.
    let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(outcome)));
    Err(raised(engine, &error))
}

struct Held<E> {
    task: Arc<dyn AnyTask<E>>,
    /// JavaScript waits for it.
    started: bool,
    /// It keeps the process alive: it was started, and not with `{ ref: false }`.
    counts: bool,
    /// Its signal has rejected it while it was being polled elsewhere.
    abandoned: bool,
}

/// The table of one JavaScript environment. It lives on that environment's thread.
pub struct Slots<E> {
    held: Own<Vec<Option<Held<E>>>>,
    /// How many of them count.
    pending: Cell<usize>,
}

/// What `cancel` answers to `runtime.js`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum CancelAnswer {
    /// The outcome is queued, and wins.
    TooLate = 0,
    /// Dropped; nothing follows.
    Dropped = 1,
    /// A completion follows that does not count.
    Requested = 2,
}

impl<E: Engine> Slots<E> {
    /// Without calls.
    #[expect(clippy::new_without_default, reason = "it belongs to an environment")]
    pub const fn new() -> Self {
        Self { held: Own::new(Vec::new()), pending: Cell::new(0) }
    }

    /// How many calls keep the process alive.
    pub fn pending(&self) -> usize {
        self.pending.get()
    }

    /// Starts a call, or keeps it for [`Self::start`] when `lazy`. `None`: it is pending.
    pub fn launch<F, H>(&self, engine: &E, task: Arc<Task<F, H>>, lazy: bool) -> Option<Settled<E::Value>>
    where
        F: Future + 'static,
        F::Output: Return,
        H: CallHost<E>,
    {
        if !lazy {
            let settled = start(&task, engine);
            if settled.is_some() {
                return settled;
            }
            self.pending.set(self.pending.get() + 1);
        }
        self.keep(task, !lazy);
        None
    }

    fn keep(&self, task: Arc<dyn AnyTask<E>>, started: bool) {
        let index = task.slot() as usize;
        let mut held = self.held.get();
        if held.len() <= index {
            held.resize_with(index + 1, || None);
        }
        if let Some(place) = held.get_mut(index) {
            *place = Some(Held { task, started, counts: started, abandoned: false });
        }
    }

    /// Starts a lazy call. `None`: it is pending.
    pub fn start(&self, engine: &E, slot: u32) -> Option<Settled<E::Value>> {
        let task = match self.held.get().get_mut(slot as usize) {
            Some(Some(held)) if !held.started => {
                held.started = true;
                held.counts = true;
                Arc::clone(&held.task)
            }
            _ => return None,
        };
        self.pending.set(self.pending.get() + 1);
        let settled = task.start(engine);
        if settled.is_some() {
            self.remove(slot);
        }
        settled
    }

    /// A pending call no longer keeps the process alive.
    pub fn unref(&self, slot: u32) {
        if let Some(Some(held)) = self.held.get().get_mut(slot as usize)
            && std::mem::take(&mut held.counts)
        {
            self.pending.set(self.pending.get() - 1);
        }
    }

    /// Stops a call for its signal, or a lazy one before it was started.
    pub fn cancel(&self, engine: &E, slot: u32) -> CancelAnswer {
        let Some(task) = self.task(slot) else { return CancelAnswer::TooLate };
        match Arc::clone(&task).cancel() {
            Cancelled::TooLate => CancelAnswer::TooLate,
            Cancelled::Dropped => {
                task.emit(Event::Settled);
                task.end_lane();
                self.remove(slot);
                CancelAnswer::Dropped
            }
            Cancelled::Requested => {
                task.emit(Event::Settled);
                task.abandon(engine);
                if let Some(Some(held)) = self.held.get().get_mut(slot as usize) {
                    held.abandoned = true;
                }
                CancelAnswer::Requested
            }
        }
    }

    /// Ends a call that host code has ended, if the one in `slot` is such a call.
    pub fn fail(&self, engine: &E, slot: u32) {
        let Some(task) = self.task(slot).filter(|task| task.has_failed()) else { return };
        if Arc::clone(&task).cancel() == Cancelled::Dropped && self.remove(slot).is_some() {
            let settled = task.answer(engine);
            task.emit(Event::Settled);
            engine.settle(slot, settled);
        }
        // Otherwise its completion follows, and is answered so.
    }

    /// Drops a lazy call that was collected before anybody awaited it.
    pub fn discard(&self, slot: u32) {
        if let Some(held) = self.remove(slot) {
            held.task.emit(Event::NeverAwaited);
            // Never polled, so nobody polls it now: it is dropped here.
            held.task.cancel();
        }
    }

    /// Takes a call out that has ended, with its answer.
    pub fn complete(&self, engine: &E, task: &Arc<dyn AnyTask<E>>) -> Settled<E::Value> {
        match self.remove(task.slot()) {
            Some(held) if !held.abandoned => {
                let settled = task.answer(engine);
                task.emit(Event::Settled);
                settled
            }
            _ => {
                task.forget();
                Ok(engine.undefined())
            }
        }
    }

    /// Forgets a call that trapped half way (wasm cannot unwind). Its task may be asked for its name, and no more.
    pub fn lose(&self, slot: u32) -> Option<Arc<dyn AnyTask<E>>> {
        let task = self.remove(slot)?.task;
        task.end_lane();
        task.hide();
        Some(task)
    }

    /// Drops every call, for the environment is going away.
    pub fn close(&self) {
        self.pending.set(0);
        let held = std::mem::take(&mut *self.held.get());
        for held in held.into_iter().flatten() {
            held.task.cancel();
        }
    }

    fn task(&self, slot: u32) -> Option<Arc<dyn AnyTask<E>>> {
        let held = self.held.get();
        held.get(slot as usize)?.as_ref().map(|held| Arc::clone(&held.task))
    }

    fn remove(&self, slot: u32) -> Option<Held<E>> {
        let removed = self.held.get().get_mut(slot as usize)?.take()?;
        if removed.counts {
            self.pending.set(self.pending.get() - 1);
        }
        Some(removed)
    }
}
