//! The state machine of one bridged future.
//!
//! A [`Task`] holds the future, then its outcome, in one allocation that is its own waker. It is created
//! idle, polled first by the host ([`Task::poll_first`]), and from then on whenever it was woken and the
//! [`TaskHost`] ran its [`Job`]. Exactly one of these ends it: it is ready, it panics, the host cancels
//! it, or its executor gives up on it.

mod cell;
mod cleanup;
mod habit;
mod home;
mod job;
pub(crate) mod live;
mod state;

use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use self::cell::Cell;
pub use self::cleanup::{Elsewhere, Work, work_elsewhere};
pub(crate) use self::cleanup::{WorkList, forget_work};
pub use self::habit::Habit;
use self::home::Home;
pub use self::job::{Job, Run};
use self::live::Place;
pub use self::live::{Live, LiveState, live, live_unsorted};
use self::state::{Cancel, State, Suspend};
use crate::clock;
use crate::host::HostError;
use crate::host::lane::{self, Lane, Left, Scope};
use crate::marker::MaybeSend;
use crate::module::Return;
use crate::panic::{Caught, PanicMessage};
use crate::span::Span;
use crate::trace::{Event, TaskTrace};

/// How a task ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The future is ready.
    Ready(T),
    /// The future, or its destructor, panicked.
    Panicked(PanicMessage),
    /// The host cancelled it; the future has been dropped.
    Cancelled,
    /// Its executor dropped it, as a runtime does when it shuts down.
    Aborted,
    /// Host code that it called raised this, and it had no `Result` to take it. The future has been dropped.
    Raised(HostError),
}

impl<T> From<Caught> for Outcome<T> {
    fn from(caught: Caught) -> Self {
        match caught {
            Caught::Raised(error) => Self::Raised(error),
            Caught::Panicked(panic) => Self::Panicked(panic),
        }
    }
}

/// What a call to [`Task::cancel`] achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The future has been dropped, on this thread. [`TaskHost::completed`] will not be called.
    Dropped,
    /// A poll is under way elsewhere: it is dropped when that returns. Or it has been dropped, and what it left to be cleaned
    /// up goes on, or its destructor has panicked. [`TaskHost::completed`] follows with [`Outcome::Cancelled`], with the
    /// panic, or with the result when that poll is the last.
    Requested,
    /// Too late: the outcome is there already.
    TooLate,
}

/// The host's side of a task: where it runs on, and who hears of its end.
pub trait TaskHost: Sized + Send + Sync + 'static {
    /// Held while author code runs, such as a runtime's context.
    type Guard;
    /// Enters the context that author code runs in.
    fn enter(&self) -> Self::Guard;
    /// The task was woken: have `job` run soon. Called from any thread, perhaps from inside a poll.
    fn schedule(&self, job: Job);
    /// The way back to the loop of the call: where host code runs that the future asks for. On the thread that polls.
    fn lane(&self) -> Option<Arc<dyn Lane>> {
        None
    }
    /// Where the host may choose who polls: what is known of the function's polls.
    fn habit(&self) -> Option<&'static Habit> {
        None
    }
    /// Whether a poll may run on this thread right now: it is that of the call's loop, and host code has just answered.
    fn is_here(&self) -> bool {
        false
    }
    /// The task ended after its first poll. Called once, from whichever thread ended it.
    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return;
}

/// One bridged future.
pub struct Task<F: Future, H> {
    state: State,
    cell: Cell<F>,
    host: H,
    trace: TaskTrace,
    /// How often the loop's thread has kept it.
    stays: AtomicU8,
    /// The only thread that may touch the future, where it is not `Send`.
    home: Home,
    /// Where it is listed while it is in flight.
    place: Place,
    /// In force while code of the author's runs.
    span: Span,
}

// SAFETY: `state` gives access to `cell` to one thread at a time. Where the future or its output is not `Send`, `home`
// is set, and every access checks it (`assert_home`, `Drop`).
unsafe impl<F: Future, H: Send> Send for Task<F, H> {}
// SAFETY: as above; `host` is shared.
unsafe impl<F: Future, H: Sync> Sync for Task<F, H> {}

impl<F, H> Task<F, H>
where
    F: Future + 'static,
    F::Output: Return,
    H: TaskHost,
{
    /// A task that any thread may poll.
    pub fn new(name: &'static str, future: F, host: H) -> Arc<Self>
    where
        F: MaybeSend,
        F::Output: MaybeSend,
    {
        Self::build(TaskTrace::created(name), future, host, Home::ANYWHERE)
    }

    /// As [`Self::new`], for a future that neither a trace nor [`live`] shows, because no host called for it.
    pub fn untraced(future: F, host: H) -> Arc<Self>
    where
        F: MaybeSend,
        F::Output: MaybeSend,
    {
        Self::build(TaskTrace::UNTRACED, future, host, Home::ANYWHERE)
    }

    /// A task that only the calling thread may poll, cancel or read. Its host must schedule it there.
    pub fn local(name: &'static str, future: F, host: H) -> Arc<Self> {
        Self::build(TaskTrace::created(name), future, host, Home::here())
    }

    fn build(trace: TaskTrace, future: F, host: H, home: Home) -> Arc<Self> {
        let span = if trace.name().is_empty() { Span::current() } else { Span::of_call(trace.name()) };
        Arc::new(Self {
            state: State::new(),
            cell: Cell::new(future),
            host,
            trace,
            stays: AtomicU8::new(0),
            home,
            place: Place::new(),
            span,
        })
    }

    /// The host's side.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// The task in the lifecycle trace.
    pub fn trace(&self) -> &TaskTrace {
        &self.trace
    }

    /// From now on [`live`] does not show it: its poll trapped, and it will never end (wasm cannot unwind).
    pub fn hide(&self) {
        self.place.leave();
    }

    /// The first poll, by the host. When it answers `Pending` the task goes on by itself.
    ///
    /// # Panics
    /// When the task was started or cancelled before.
    pub fn poll_first(self: &Arc<Self>) -> Poll<Outcome<F::Output>> {
        let starts = if self.is_alone() { self.state.start_alone() } else { self.state.resume().is_some() };
        assert!(starts, "a task is started once");
        match self.poll_once(true) {
            Step::Done(outcome) => {
                if self.is_alone() {
                    self.state.finish_alone();
                } else {
                    self.state.finish();
                }
                Poll::Ready(outcome)
            }
            Step::Suspended => {
                self.list();
                Poll::Pending
            }
            Step::Again => {
                self.list();
                self.schedule();
                Poll::Pending
            }
        }
    }

    /// From now on [`live`] shows it.
    fn list(self: &Arc<Self>) {
        let name = self.trace.name();
        if !name.is_empty() {
            // SAFETY: it is in its `Arc`, and `Drop` takes it out.
            unsafe { self.place.enter(name, &raw const self.state) };
        }
    }

    /// Starts the task where its host schedules it instead of here.
    pub fn start_elsewhere(self: &Arc<Self>) {
        if self.state.wake() {
            self.list();
            self.schedule();
        }
    }

    /// Drops the future, here if it is not being polled, else when that poll returns.
    pub fn cancel(self: &Arc<Self>) -> Cancelled {
        self.assert_home();
        match self.state.cancel() {
            Cancel::Claimed => {
                self.trace.emit(Event::Cancelled);
                let outcome = self.dropped(Outcome::Cancelled);
                if self.has_work() || !matches!(outcome, Outcome::Cancelled) {
                    self.clean_up_later(outcome);
                    return Cancelled::Requested;
                }
                self.state.finish();
                Cancelled::Dropped
            }
            Cancel::Requested => {
                self.trace.emit(Event::Cancelled);
                Cancelled::Requested
            }
            Cancel::TooLate => Cancelled::TooLate,
        }
    }

    /// Takes the outcome, once, after [`TaskHost::completed`].
    pub fn take_outcome(&self) -> Option<Outcome<F::Output>> {
        self.assert_home();
        if self.state.take_outcome() {
            // SAFETY: the state let exactly one caller through, and only after the task was done.
            unsafe { self.cell.take() }
        } else {
            None
        }
    }

    fn schedule(self: &Arc<Self>) {
        let job = Job::new(Arc::clone(self) as Arc<dyn Run>);
        if lane::is_delivering() && self.host.is_here() {
            lane::keep(job);
        } else {
            self.host.schedule(job);
        }
    }

    /// One poll. The caller holds the state's `RUNNING`.
    fn poll_once(self: &Arc<Self>, first: bool) -> Step<F::Output> {
        self.assert_home();
        if first {
            self.trace.emit(Event::FirstPoll);
        }
        // SAFETY: `self` keeps the count alive for the poll, and this borrowed handle is never dropped.
        let waker = ManuallyDrop::new(Waker::from(unsafe { Arc::from_raw(Arc::as_ptr(self)) }));
        let mut cx = Context::from_waker(&waker);
        // SAFETY: `RUNNING` is ours, so the cell is. Without a future the outcome is there.
        let outcome = unsafe { if self.cell.holds_future() { self.poll_future(&mut cx) } else { self.cell.take() } };
        if self.has_work() {
            return self.poll_work(outcome, &mut cx);
        }
        match outcome {
            Some(outcome) => Step::Done(outcome),
            None => match self.state.suspend() {
                Suspend::Idle => Step::Suspended,
                Suspend::Woken => Step::Again,
                Suspend::Cancelled => {
                    let outcome = self.dropped(Outcome::Cancelled);
                    if self.has_work() { self.poll_work(Some(outcome), &mut cx) } else { Step::Done(outcome) }
                }
            },
        }
    }

    /// Polls the future, and drops it if that was the last time. The caller holds the state's `RUNNING`.
    #[inline]
    fn poll_future(&self, cx: &mut Context<'_>) -> Option<Outcome<F::Output>> {
        let (outcome, failure) = self.within(|| {
            // SAFETY: `RUNNING` is ours, so the cell is, and it holds the future until the task is done.
            let poll = || self.trace.scope(|| unsafe { self.cell.poll(cx) });
            let outcome = match panic::catch_unwind(AssertUnwindSafe(poll)) {
                Ok(Poll::Pending) => {
                    self.trace.emit(Event::Pending);
                    return None;
                }
                Ok(Poll::Ready(value)) => {
                    self.trace.emit(Event::Ready);
                    Outcome::Ready(value)
                }
                Err(payload) => {
                    let outcome = Outcome::from(Caught::from_payload(payload));
                    let note = match &outcome {
                        Outcome::Panicked(panic) => &panic.message,
                        Outcome::Raised(error) => error.class(),
                        _ => "",
                    };
                    self.trace.emit_with(Event::Ready, note);
                    outcome
                }
            };
            Some(self.without_future(outcome))
        });
        match failure {
            None => outcome,
            Some(error) => Some(match outcome {
                None => self.dropped(Outcome::Raised(error)),
                Some(outcome) => self.instead_of(outcome, Outcome::Raised(error)),
            }),
        }
    }

    /// Runs the author's code, a part of the task. Gives also what ends the call, if host code raised something that Rust
    /// could not be told of. The caller holds the state's `RUNNING`.
    #[inline]
    fn within<R>(&self, body: impl FnOnce() -> R) -> (R, Option<HostError>) {
        let _guard = self.host.enter();
        let _span = self.span.enter();
        let (result, Left { failure, work }) = Scope::around(&self.host, body);
        if cleanup::in_use() && work.is_some() {
            // SAFETY: `RUNNING` is ours, so the cell is.
            unsafe { self.cell.add_work(work) };
        }
        (result, failure)
    }

    /// As [`Self::within`], for code that may panic.
    fn caught<R>(&self, body: impl FnOnce() -> R) -> (thread::Result<R>, Option<HostError>) {
        self.within(|| panic::catch_unwind(AssertUnwindSafe(body)))
    }

    fn has_work(&self) -> bool {
        // SAFETY: only those ask who hold `RUNNING`.
        cleanup::in_use() && unsafe { self.cell.has_work() }
    }

    /// Polls the work that the future has left, or a part of it that has ended. `outcome` is what this poll of the future
    /// gave. The caller holds the state's `RUNNING`.
    #[cold]
    fn poll_work(&self, mut outcome: Option<Outcome<F::Output>>, cx: &mut Context<'_>) -> Step<F::Output> {
        let mut pending: WorkList = None;
        // What is polled may leave more.
        while self.has_work() {
            // SAFETY: `RUNNING` is ours, so the cell is.
            for mut work in unsafe { self.cell.take_work() }.into_iter().flat_map(|all| *all) {
                let polled = self.caught(|| work.poll(cx));
                if matches!(polled, (Ok(Poll::Pending), None)) {
                    pending.get_or_insert_default().push(work);
                    continue;
                }
                let dropped = self.caught(|| drop(work));
                let failed = match (polled, dropped) {
                    ((_, Some(error)), _) | (_, (_, Some(error))) => Outcome::Raised(error),
                    ((Err(payload), _), _) | (_, (Err(payload), _)) => Caught::from_payload(payload).into(),
                    ((Ok(_), None), (Ok(()), None)) => continue,
                };
                outcome = Some(match outcome {
                    // What ended the call first says more.
                    Some(first @ (Outcome::Panicked(_) | Outcome::Raised(_))) => first,
                    Some(other) => self.instead_of(other, failed),
                    None => self.dropped(failed),
                });
            }
        }
        let is_clean = pending.is_none();
        // SAFETY: as above.
        unsafe { self.cell.add_work(pending) };
        let suspend = match outcome {
            Some(ready @ Outcome::Ready(_)) if is_clean && self.state.is_stopped() => {
                return Step::Done(self.instead_of(ready, Outcome::Cancelled));
            }
            Some(outcome) if is_clean => return Step::Done(outcome),
            Some(outcome) => {
                // SAFETY: as above; the future is gone.
                unsafe { self.cell.put(outcome) };
                self.state.clean_up()
            }
            None => self.state.suspend(),
        };
        match suspend {
            Suspend::Idle => Step::Suspended,
            Suspend::Woken => Step::Again,
            // SAFETY: `RUNNING` is ours still.
            Suspend::Cancelled => match unsafe { self.cell.take() } {
                Some(outcome) => {
                    self.give_work_away();
                    Step::Done(outcome)
                }
                None => self.poll_work(Some(self.dropped(Outcome::Cancelled)), cx),
            },
        }
    }

    /// `outcome`, and `other` counts no more. Its destructor may panic. The caller holds `RUNNING`.
    fn instead_of(&self, other: Outcome<F::Output>, outcome: Outcome<F::Output>) -> Outcome<F::Output> {
        let _ = self.caught(|| drop(other));
        outcome
    }

    /// Has the end told, and the work polled, of a future that was dropped between two polls. The caller holds `RUNNING`.
    #[cold]
    fn clean_up_later(self: &Arc<Self>, outcome: Outcome<F::Output>) {
        // SAFETY: `RUNNING` is ours, so the cell is, and it is empty.
        unsafe { self.cell.put(outcome) };
        // A wake that came meanwhile has scheduled nothing; if one came before, a second job does no harm.
        if !matches!(self.state.clean_up(), Suspend::Idle) || self.state.wake() {
            self.schedule();
        }
    }

    /// Whether nobody else can reach the task: no waker, no awaiter, no job of it is anywhere. Not asked where there is but
    /// one thread, for nothing is locked there.
    fn is_alone(self: &Arc<Self>) -> bool {
        !cfg!(target_arch = "wasm32") && Arc::strong_count(self) == 1 && Arc::weak_count(self) == 0
    }

    /// Drops a future that is not ready. The caller holds the state's `RUNNING`.
    fn dropped(&self, outcome: Outcome<F::Output>) -> Outcome<F::Output> {
        let (outcome, failure) = self.within(|| self.without_future(outcome));
        self.trace.emit(Event::Dropped);
        match failure {
            Some(error) if !matches!(outcome, Outcome::Raised(_)) => Outcome::Raised(error),
            _ => outcome,
        }
    }

    /// Drops the future. Gives the outcome, or the panic of its destructor instead. Within the task's scope; the caller holds
    /// the state's `RUNNING`.
    fn without_future(&self, outcome: Outcome<F::Output>) -> Outcome<F::Output> {
        // SAFETY: `RUNNING` is ours, so the cell is.
        let dropped = panic::catch_unwind(AssertUnwindSafe(|| unsafe { self.cell.drop_future() }));
        match (dropped, outcome) {
            // What the host's code has ended the call with says more.
            (Err(_), raised @ Outcome::Raised(_)) => raised,
            (Err(payload), _) => Caught::from_payload(payload).into(),
            (Ok(()), outcome) => outcome,
        }
    }

    /// Leaves the outcome to [`Self::take_outcome`]. The caller holds the state's `RUNNING`, and has dropped the future.
    fn leave(&self, outcome: Outcome<F::Output>) {
        // SAFETY: `RUNNING` is ours, so the cell is, and it is empty.
        unsafe { self.cell.put(outcome) };
        self.state.finish();
    }

    fn assert_home(&self) {
        assert!(self.home.is_here(), "a local task was touched from another thread");
    }
}

/// How often a loop's thread keeps one task: one that goes on and on is for the workers.
const STAYS: u8 = 64;

impl<F: Future, H> Task<F, H> {
    /// Starts the work elsewhere: nobody polls this task any more. The caller holds `RUNNING`, or the task goes.
    #[inline]
    fn give_work_away(&self) {
        // SAFETY: nobody else uses the cell, as the caller says.
        let all = if cleanup::in_use() { unsafe { self.cell.take_work() } } else { None };
        for work in all.into_iter().flat_map(|all| *all) {
            work.start_elsewhere();
        }
    }
}

enum Step<T> {
    Suspended,
    Again,
    /// The future is dropped; `RUNNING` is still the caller's.
    Done(Outcome<T>),
}

impl<F, H> Run for Task<F, H>
where
    F: Future + 'static,
    F::Output: Return,
    H: TaskHost,
{
    fn run(self: Arc<Self>) {
        let Some(first) = self.state.resume() else { return };
        let habit = self.host.habit().map(|habit| (habit, clock::now_us()));
        let step = self.poll_once(first);
        if let Some((habit, began)) = habit {
            habit.note(clock::now_us().saturating_sub(began));
        }
        match step {
            Step::Suspended => {}
            Step::Again => self.schedule(),
            Step::Done(outcome) => {
                self.leave(outcome);
                H::completed(self);
            }
        }
    }

    fn stays(&self) -> bool {
        let short = self.host.habit().is_some_and(Habit::is_short);
        let before = self.stays.load(Ordering::Relaxed);
        let stays = short && before < STAYS;
        if stays {
            self.stays.store(before + 1, Ordering::Relaxed);
        }
        stays
    }

    fn abort(self: Arc<Self>) {
        if !self.home.is_here() {
            // Not `Send`: its own thread cancels it, or `Drop` does what is left. Work is.
            if matches!(self.state.abort_work(), Cancel::Claimed) {
                self.give_work_away();
                self.state.finish();
                H::completed(self);
            }
            return;
        }
        if matches!(self.state.abort(), Cancel::Claimed) {
            // SAFETY: `RUNNING` is ours, so the cell is. Where only work was left, the outcome is there already.
            let outcome = unsafe { self.cell.take() }.unwrap_or_else(|| self.dropped(Outcome::Aborted));
            self.give_work_away();
            self.leave(outcome);
            H::completed(self);
        }
    }
}

impl<F, H> Wake for Task<F, H>
where
    F: Future + 'static,
    F::Output: Return,
    H: TaskHost,
{
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.is_finished() {
            return;
        }
        self.trace.emit(Event::Woken);
        if self.state.wake() {
            self.schedule();
        }
    }
}

impl<F: Future, H> Drop for Task<F, H> {
    fn drop(&mut self) {
        self.place.leave();
        let _span = self.span.enter();
        // Whoever drops it here may be polling a task of another call.
        lane::nowhere(|| self.give_work_away());
        if self.cell.is_empty() {
            return;
        }
        if !self.home.is_here() {
            // Not `Send`, and its thread is not this one: leaking is the only sound end.
            self.cell.forget();
            return;
        }
        // SAFETY: `&mut self`.
        let holds_future = unsafe { self.cell.holds_future() };
        let _ = lane::nowhere(|| panic::catch_unwind(AssertUnwindSafe(|| self.cell.clear())));
        if holds_future {
            self.trace.emit(Event::Dropped);
        }
    }
}
