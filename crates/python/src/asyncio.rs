//! One queue per loop, drained by the loop itself: an asyncio loop, or what [`trio`] makes of a run of trio's.
//!
//! The loop owns the [`Drainer`] through `add_reader`; nothing here owns the loop. When the loop is closed, or collected,
//! it lets go of the drainer, whose deallocator ends what still waits. Loops that keep a closed loop's readers are noticed
//! when the next loop is met, and at interpreter exit.

pub(crate) mod class;
mod library;
mod shared;

use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use ponton_core::task::Cancelled;
use ponton_core::thread;
use ponton_core::trace::{self, Event};
use ponton_native::runtime;
use pyo3::ffi;

pub(crate) use self::library::{
    call_soon, cancelled_error, future_class, invalid_state, is_cancelled_error, is_closed, is_coroutine, is_debug,
    new_cancelled_error, new_task,
};
pub(crate) use self::shared::{Item, Kind, LoopShared};
use crate::bell::Bell;
use crate::exit;
use crate::fork;
use crate::future;
use crate::host::enter_context;
use crate::py::{Instance, Obj, Ptr, Py, Raised, Ref, Result};
use crate::reply;
use crate::state::state;
use crate::task::{AnyTask, Settled};
use crate::trio;

/// The loop that runs on this thread.
pub(crate) struct Running {
    pub(crate) event_loop: Obj,
    pub(crate) shared: Arc<LoopShared>,
}

/// What a [`Drainer`] instance holds. Called by its loop when the bell rang.
pub(crate) struct Drainer {
    /// A weak reference to the loop.
    event_loop: Obj,
    shared: Arc<LoopShared>,
    bell: Arc<Bell>,
    /// The futures that wait. Those that somebody waits for in turn are owned, see [`future`].
    pending: Roster,
    /// Whoever is told when host code of ours ends.
    replies: Roster,
}

/// Instances that wait for a loop, borrowed: each strikes itself before it goes. They know their places.
#[derive(Default)]
struct Roster(RefCell<Vec<Ptr>>);

impl Roster {
    fn enlist(&self, instance: Ptr) -> usize {
        let mut all = self.0.borrow_mut();
        all.push(instance);
        all.len() - 1
    }

    /// Gives the instance that takes the place.
    fn strike(&self, place: usize) -> Option<Ptr> {
        let mut all = self.0.borrow_mut();
        if place < all.len() {
            all.swap_remove(place);
        }
        all.get(place).copied()
    }

    /// Takes all. They are owned first: ending one may release the last other reference to the next.
    fn take(&self, _: Py) -> Vec<Obj> {
        // SAFETY: attached; the list holds living instances only.
        self.0.take().into_iter().map(|instance| unsafe { Obj::borrowed(instance) }).collect()
    }
}

/// By the loop's address. The drainer's weak reference tells whether it is still the same loop.
static LOOPS: Mutex<Vec<(usize, Arc<LoopShared>)>> = Mutex::new(Vec::new());

fn loops<R>(body: impl FnOnce(&mut Vec<(usize, Arc<LoopShared>)>) -> R) -> R {
    body(&mut LOOPS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The loop that runs on this thread, without connecting to it: asyncio's, or that of the trio task that runs.
pub(crate) fn peek(py: Py) -> Result<Option<(Obj, Kind)>> {
    let event_loop = library::get_running_loop(py)?;
    if let Some(run) = trio::running(py, event_loop.as_ref())? {
        return Ok(Some((run, Kind::Trio)));
    }
    Ok((!event_loop.as_ref().is_none()).then_some((event_loop, Kind::Asyncio)))
}

/// The loop that runs on this thread, ready to be waited on.
pub(crate) fn running(py: Py) -> Result<Option<Running>> {
    let Some((event_loop, kind)) = peek(py)? else { return Ok(None) };
    let key = event_loop.as_ptr().addr();
    let known = loops(|all| all.iter().find(|(k, _)| *k == key).map(|(_, shared)| Arc::clone(shared)));
    if let Some(shared) = known {
        if is_of(py, &shared, event_loop.as_ref()) {
            if shared.is_inherited() {
                return Err(inherited(py));
            }
            shared.arrive();
            return Ok(Some(Running { event_loop, shared }));
        }
        close(py, &shared);
    }
    close_stale(py);
    let shared = connect(py, &event_loop, kind, key)?;
    Ok(Some(Running { event_loop, shared }))
}

#[cold]
fn inherited(py: Py) -> Raised {
    let text = "this event loop was used before the process forked, and shares its descriptors with the parent: run a new \
                loop in the child, as asyncio.run does";
    fork::error(py, text)
}

fn is_of(py: Py, shared: &LoopShared, event_loop: Ref<'_>) -> bool {
    drainer(py, shared).is_some_and(|drainer| {
        let target = loop_of(py, drainer.as_ref());
        target.is_some_and(|target| target.as_ref().is(event_loop))
    })
}

fn drainer(_: Py, shared: &LoopShared) -> Option<Obj> {
    let ptr = shared.drainer.load(Ordering::Relaxed);
    // SAFETY: attached; a drainer that is going clears the pointer first.
    (!ptr.is_null()).then(|| unsafe { Obj::borrowed(ptr) })
}

fn value(drainer: Ref<'_>) -> &Drainer {
    // SAFETY: only drainers come here, and they outlive the reference.
    unsafe { Instance::value(drainer.as_ptr()) }
}

fn loop_of(py: Py, drainer: Ref<'_>) -> Option<Obj> {
    let mut target = ptr::null_mut();
    // SAFETY: attached; `event_loop` is a weak reference, whose target comes as a new reference.
    unsafe {
        let found = ffi::compat::PyWeakref_GetRef(value(drainer).event_loop.as_ptr(), &raw mut target);
        if found < 0 {
            Raised.clear(py);
        }
        (found > 0).then(|| Obj::owned(py, target).ok())?
    }
}

/// The loop, if it is still there.
pub(crate) fn event_loop(py: Py, shared: &LoopShared) -> Option<Obj> {
    loop_of(py, drainer(py, shared)?.as_ref())
}

fn connect(py: Py, event_loop: &Obj, kind: Kind, key: usize) -> Result<Arc<LoopShared>> {
    trace::label_thread("loop");
    // SAFETY: attached; loops that cannot be referred to weakly raise `TypeError` here.
    let weak = unsafe { Obj::owned(py, ffi::PyWeakref_NewRef(event_loop.as_ptr(), ptr::null_mut()))? };
    let bell = Arc::new(Bell::new(py)?);
    // Not owned: futures may outlive their loop, and would keep its descriptor open.
    let ring = Arc::downgrade(&bell);
    let shared = Arc::new(LoopShared::new(kind, move || {
        if let Some(bell) = ring.upgrade() {
            bell.ring();
        }
    }));
    shared.arrive();
    let held = Drainer {
        event_loop: weak,
        shared: Arc::clone(&shared),
        bell: Arc::clone(&bell),
        pending: Roster::default(),
        replies: Roster::default(),
    };
    // SAFETY: the type is that of `Drainer`, with cycle collection; the value is in place before it is tracked.
    let drainer = unsafe {
        let drainer = Instance::new_collected(py, state(py).drainer_type, held)?;
        ffi::PyObject_GC_Track(drainer.as_ptr().cast());
        drainer
    };
    shared.drainer.store(drainer.as_ptr(), Ordering::Relaxed);
    bell.hang(py, event_loop.as_ref(), drainer.as_ref())?;
    loops(|all| all.push((key, Arc::clone(&shared))));
    Ok(shared)
}

/// What the loop calls when its bell rang.
fn ring(py: Py, drainer: Ref<'_>) -> Result<()> {
    let drainer = value(drainer);
    if drainer.shared.is_inherited() {
        return disown(py, drainer); // and the bell stays as it is: the parent hears the same one
    }
    enter_context();
    drainer.bell.reset();
    drainer.shared.arrive();
    #[cfg(feature = "pyo3-async-runtimes")]
    crate::task_locals::release(py);
    drain(py, &drainer.shared)
}

/// Does what waits for this loop, on its thread. An error is one that the loop's `call_soon` raised, told when all are
/// settled.
pub(crate) fn drain(py: Py, shared: &LoopShared) -> Result<()> {
    let mut first = Ok(());
    shared.queue.drain(runtime::drain_budget(), |item| {
        if let Err(raised) = settle(py, shared, item) {
            let error = raised.take(py);
            first = std::mem::replace(&mut first, Ok(())).and(Err(error));
        }
    });
    first.map_err(|error: Obj| Raised::instance(error.as_ref()))
}

fn settle(py: Py, shared: &LoopShared, item: Item) -> Result<()> {
    match item {
        Item::Done(task) => {
            let Some(waiting) = waiting(py, &task) else {
                task.discard();
                return Ok(());
            };
            task.take(py).map_or(Ok(()), |settled| {
                task.emit(Event::Settled);
                future::settle(py, waiting.as_ref(), settled)
            })
        }
        Item::Run(job, home) if home != thread::number() => {
            drop(job);
            Err(Raised::runtime_error(py, "a #[local] call cannot go on: its event loop runs on another thread now"))
        }
        Item::Run(job, _) => {
            job.run();
            Ok(())
        }
        Item::Near => {
            shared.poll_near();
            Ok(())
        }
        Item::Drop(task) => {
            if task.host().is_home() && Arc::clone(&task).cancel() != Cancelled::Dropped {
                return Ok(());
            }
            let settled = task.host().overrule(py, Settled::Cancelled);
            waiting(py, &task).map_or(Ok(()), |waiting| future::settle(py, waiting.as_ref(), settled))
        }
        Item::Errand(errand) => {
            errand.run();
            Ok(())
        }
        Item::Release(released) => {
            released.now(py);
            Ok(())
        }
    }
}

/// The future that waits for `task`, if one does.
pub(crate) fn waiting(_: Py, task: &Arc<dyn AnyTask>) -> Option<Obj> {
    let future = task.host().future();
    // SAFETY: attached; a future that is going makes the task forget it first.
    (!future.is_null()).then(|| unsafe { Obj::borrowed(future) })
}

/// Which of a loop's lists.
#[derive(Clone, Copy)]
pub(crate) enum List {
    Futures,
    Replies,
}

impl Drainer {
    fn list(&self, list: List) -> &Roster {
        match list {
            List::Futures => &self.pending,
            List::Replies => &self.replies,
        }
    }
}

/// Notes that `instance` waits for this loop, and gives its place.
pub(crate) fn enlist(py: Py, shared: &LoopShared, list: List, instance: Ptr) -> usize {
    drainer(py, shared).map_or(usize::MAX, |drainer| value(drainer.as_ref()).list(list).enlist(instance))
}

/// What is in `place` waits no longer. Gives the instance that takes its place.
pub(crate) fn strike(py: Py, shared: &LoopShared, list: List, place: usize) -> Option<Ptr> {
    let drainer = drainer(py, shared)?;
    value(drainer.as_ref()).list(list).strike(place)
}

/// Ends everything that waits for a loop that is gone.
fn close(py: Py, shared: &LoopShared) {
    if let Some(drainer) = drainer(py, shared) {
        end(py, value(drainer.as_ref()));
    }
}

fn end(py: Py, drainer: &Drainer) {
    let shared = &drainer.shared;
    if shared.is_inherited() {
        shared.drainer.store(ptr::null_mut(), Ordering::Relaxed);
        loops(|all| all.retain(|(_, other)| !Arc::ptr_eq(other, shared)));
        // What waits stays as it is, for good.
        std::mem::forget((drainer.replies.take(py), drainer.pending.take(py)));
        return;
    }
    shared.drainer.store(ptr::null_mut(), Ordering::Relaxed);
    loops(|all| all.retain(|(_, other)| !Arc::ptr_eq(other, shared)));
    // Before any other code runs: without a drainer nothing strikes itself any more.
    let (replies, pending) = (drainer.replies.take(py), drainer.pending.take(py));
    drainer.bell.unhang(py);
    shared.close();
    for reply in replies {
        reply::loop_is_gone(reply.as_ref());
    }
    for future in pending {
        if exit::is_exiting() {
            future::interpreter_is_going(py, future.as_ref());
        } else {
            future::loop_is_gone(py, future.as_ref());
        }
    }
}

/// In a forked child that goes on with a loop of its parent's: tells what waits there that nothing will come.
fn disown(py: Py, drainer: &Drainer) -> Result<()> {
    let mut first = Ok(());
    std::mem::forget(drainer.replies.take(py));
    for future in drainer.pending.take(py) {
        first = first.and(future::disown(py, future.as_ref()));
    }
    first
}

/// In a forked child: has every loop that it inherited tell so what waits there, if it ever turns again.
pub(crate) fn disown_all(py: Py) {
    for shared in loops(|all| all.iter().map(|(_, shared)| Arc::clone(shared)).collect::<Vec<_>>()) {
        let Some(drainer) = drainer(py, &shared) else { continue };
        let Some(event_loop) = loop_of(py, drainer.as_ref()) else { continue };
        let told = match shared.kind {
            Kind::Asyncio => {
                let name = state(py).names.call_soon.get(py);
                py.call_method(name, &[event_loop.as_ref(), drainer.as_ref()], None)
            }
            // Its tasks are rescheduled at once; what wakes a run is a socket that the parent listens to as well.
            Kind::Trio => py.call(drainer.as_ref(), &[]),
        };
        if let Err(raised) = told {
            raised.clear(py); // it is closed
        }
    }
}

/// Ends what waits for loops that were closed without letting go of their drainers.
fn close_stale(py: Py) {
    for shared in loops(|all| all.iter().map(|(_, shared)| Arc::clone(shared)).collect::<Vec<_>>()) {
        let Some(drainer) = drainer(py, &shared) else { continue };
        let closed = loop_of(py, drainer.as_ref()).is_none_or(|event_loop| is_closed(py, event_loop.as_ref()));
        if closed && shared.may_be_ended() {
            end(py, value(drainer.as_ref()));
        }
    }
}

/// Ends everything that waits for any loop: the interpreter is going.
pub(crate) fn close_all(py: Py) {
    for (_, shared) in loops(std::mem::take) {
        close(py, &shared);
    }
}
