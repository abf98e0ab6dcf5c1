//! Where host code runs that Rust asks for.
//!
//! A poll belongs to a bridged call, and that call to a loop of its host. While the poll runs, [`current`] answers the way
//! back to that loop. Host code asked for on the loop's own thread runs at once; from any other thread an [`Errand`] goes
//! through the loop's queue, behind what was queued before it.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::Arc;

use super::error::HostError;
use super::function::{Callee, Signature};
use crate::lock::Once;
use crate::marker::{MaybeSend, MaybeSync};
use crate::sync::thread_local;
use crate::task::{Job, TaskHost, Work, WorkList};

/// The way to the loop that one bridged call came from.
pub trait Lane: Any + MaybeSend + MaybeSync {
    /// Whether this is the loop's own thread, and host code may run right here.
    fn is_here(&self) -> bool;
    /// Has `errand` run on the loop's thread, in the order of posting and before a later completion of the call is
    /// settled. It runs nothing, neither here nor there. Gives it back when the loop is gone.
    fn post(&self, errand: Arc<dyn Errand>) -> Result<(), Arc<dyn Errand>>;
    /// Whether somebody still waits for the call, and its loop is there.
    fn is_open(&self) -> bool;
    /// Ends the call with `error`: its future is dropped as by a cancel, and the host raises the exception. Without a call
    /// (its end was told already), the host reports the exception as one that nobody waited for. From any thread.
    fn fail(&self, error: HostError);
}

/// Something to do on a loop's thread.
pub trait Errand: MaybeSend + MaybeSync {
    /// Does what is due. On the loop's thread; it may run any host code.
    fn run(self: Arc<Self>);
    /// The loop is gone. From any thread.
    fn abandon(self: Arc<Self>);
}

/// The poll that is under way on this thread.
pub(crate) struct Scope {
    owner: Owner,
    /// What host code raised that has nowhere to go. The first one counts.
    failure: OnceCell<HostError>,
    /// What the task is to finish before it ends.
    work: RefCell<WorkList>,
}

/// What came of a poll, beside its answer.
pub(crate) struct Left {
    /// What ends the call, if host code raised something that Rust could not be told of.
    pub(crate) failure: Option<HostError>,
    /// What goes on.
    pub(crate) work: WorkList,
}

/// The lane of the host that it is given.
type LaneOf = fn(*const ()) -> Option<Arc<dyn Lane>>;

enum Owner {
    /// The task that is being polled, by its host.
    Task(*const (), Option<LaneOf>),
    /// Code that runs for a call elsewhere: a spawned task, a blocking job.
    Lane(Arc<dyn Lane>),
    /// A plain call, which runs to its end here.
    Plain,
}

thread_local! {
    static CURRENT: Cell<*const Scope> = const { Cell::new(ptr::null()) };
    static DELIVERING: Cell<bool> = const { Cell::new(false) };
    static WOKEN: RefCell<VecDeque<Job>> = const { RefCell::new(VecDeque::new()) };
}

impl Scope {
    /// Runs `poll`, of the task whose host this is.
    #[inline]
    pub(crate) fn around<H: TaskHost, R>(host: &H, poll: impl FnOnce() -> R) -> (R, Left) {
        let scope = Self::of_task(host);
        let polled = scope.enter(poll);
        (polled, Left { failure: scope.failure.into_inner(), work: scope.work.into_inner() })
    }

    /// The scope must not outlive the task.
    fn of_task<H: TaskHost>(host: &H) -> Self {
        fn lane_of<H: TaskHost>(host: *const ()) -> Option<Arc<dyn Lane>> {
            // SAFETY: `enter` makes the scope current for a poll only, and the task outlives its poll.
            unsafe { &*host.cast::<H>() }.lane()
        }
        let lane_of: Option<LaneOf> = if super::is_absent() { None } else { Some(lane_of::<H>) };
        Self::new(Owner::Task(ptr::from_ref(host).cast(), lane_of))
    }

    const fn new(owner: Owner) -> Self {
        Self { owner, failure: OnceCell::new(), work: RefCell::new(None) }
    }

    /// Runs `body` in the scope.
    fn enter<R>(&self, body: impl FnOnce() -> R) -> R {
        with(self, body)
    }
}

/// Runs `body` with `scope`, or with none, as the current one.
fn with<R>(scope: *const Scope, body: impl FnOnce() -> R) -> R {
    struct Leave(*const Scope);
    impl Drop for Leave {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _leave = Leave(CURRENT.replace(scope));
    body()
}

fn with_current<R>(body: impl FnOnce(&Scope) -> R) -> Option<R> {
    let scope = CURRENT.get();
    // SAFETY: the current scope stands on a frame of this thread that is still there; `leave_scopes` forgets those that a
    // trap took.
    (!scope.is_null()).then(|| body(unsafe { &*scope }))
}

/// The way back to the host of the call whose code runs here.
pub fn current() -> Option<Arc<dyn Lane>> {
    with_current(|scope| match &scope.owner {
        Owner::Task(host, lane_of) => lane_of.and_then(|lane_of| lane_of(*host)),
        // What outlives its call speaks for itself: by the loop that a callback was handed over on.
        Owner::Lane(lane) => lane.is_open().then(|| Arc::clone(lane)),
        Owner::Plain => None,
    })
    .flatten()
}

/// Runs `body`, code that a call has started elsewhere, as part of that call.
pub fn within<R>(lane: Option<&Arc<dyn Lane>>, body: impl FnOnce() -> R) -> R {
    match lane {
        Some(lane) => Scope::new(Owner::Lane(Arc::clone(lane))).enter(body),
        None => body(),
    }
}

/// Runs `body`, a plain call of the host's, on the host's thread. Gives also what host code has raised that `body` could not
/// be told of: the call ends with it.
pub fn plain<R>(body: impl FnOnce() -> R) -> (R, Option<HostError>) {
    if !super::in_use() {
        return (body(), None);
    }
    let scope = Scope::new(Owner::Plain);
    let result = scope.enter(body);
    (result, scope.failure.into_inner())
}

/// Runs `body`, host code, which is no part of the poll that asked for it: bridged functions that it calls belong to their
/// own calls, and their ends are not ours.
pub(crate) fn outside<R>(body: impl FnOnce() -> R) -> R {
    let around = if cfg!(target_arch = "wasm32") { None } else { AROUND.get() };
    let Some(around) = around else { return with(ptr::null(), body) };
    let (mut body, mut result) = (Some(body), None);
    around(&mut || result = body.take().map(|body| with(ptr::null(), body)));
    result.expect("what goes around host code runs it once")
}

/// Host code, as what goes around it sees it.
pub type Around = fn(&mut dyn FnMut());

static AROUND: Once<Around> = Once::new();

/// From now on `around` runs what it is given, host code that a poll asks for, and does what a runtime needs before and
/// after. The first call wins.
pub fn go_around(around: Around) {
    let _ = AROUND.set(around);
}

/// Host code raised `error`, and the Rust code that asked for it has nowhere to put it: the call ends with it.
pub(crate) fn fail(error: HostError, lane: Option<&Arc<dyn Lane>>) {
    let noted = with_current(|scope| match scope.owner {
        Owner::Task(..) | Owner::Plain => {
            let _ = scope.failure.set(error.clone());
            true
        }
        Owner::Lane(_) => false,
    });
    if noted != Some(true)
        && let Some(lane) = lane
    {
        lane.fail(error);
    }
}

/// Leaves `work` to the task whose future is polled or dropped here. Gives it back where there is none.
pub(crate) fn leave(work: Work) -> Result<(), Work> {
    let mut work = Some(work);
    with_current(|scope| {
        if matches!(scope.owner, Owner::Task(..)) {
            scope.work.borrow_mut().get_or_insert_default().extend(work.take());
        }
    });
    work.map_or(Ok(()), Err)
}

/// Runs `body` as part of no call.
pub(crate) fn nowhere<R>(body: impl FnOnce() -> R) -> R {
    with(ptr::null(), body)
}

/// Whether host code has ended what runs here.
pub(crate) fn has_failed() -> bool {
    with_current(|scope| scope.failure.get().is_some()).unwrap_or(false)
}

/// The lane of the call whose code runs here, if `callee` can run there.
pub(crate) fn current_for<S: Signature>(callee: &dyn Callee<S>) -> Option<Arc<dyn Lane>> {
    current().filter(|lane| callee.takes(&**lane))
}

/// Whether the code that runs here belongs to a task that can be ended.
pub(crate) fn in_task() -> bool {
    with_current(|scope| matches!(scope.owner, Owner::Task(..))).unwrap_or(false)
}

/// Forgets the scopes of frames that a trap took.
pub fn leave_scopes() {
    CURRENT.set(ptr::null());
    DELIVERING.set(false);
}

/// Wakes somebody who waits for host code, on the loop's thread; then polls here, at once, those tasks of this loop that
/// it woke.
pub(crate) fn deliver(wake: impl FnOnce()) {
    struct Done(bool);
    impl Drop for Done {
        fn drop(&mut self) {
            DELIVERING.set(self.0);
        }
    }
    let woken = {
        let _done = Done(DELIVERING.replace(true));
        panic::catch_unwind(AssertUnwindSafe(wake))
    };
    while let Some(job) = WOKEN.with_borrow_mut(VecDeque::pop_front) {
        job.run();
    }
    if let Err(payload) = woken {
        panic::resume_unwind(payload);
    }
}

/// Polls those that [`deliver`] had yet to poll when a trap took it.
pub fn deliver_rest() {
    deliver(|| ());
}

/// Keeps `job` for the [`deliver`] that is under way here.
pub(crate) fn keep(job: Job) {
    WOKEN.with_borrow_mut(|woken| woken.push_back(job));
}

/// Whether [`deliver`] is under way on this thread.
pub(crate) fn is_delivering() -> bool {
    !super::is_absent() && DELIVERING.get()
}
