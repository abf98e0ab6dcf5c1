//! Notifications: calls of host functions that give nothing back, from any thread.
//!
//! On the host's own thread the function is called at once. From elsewhere the call waits in a bounded queue of the
//! function's, and one errand for each goes through the loop's queue: so they are delivered in order, and before the call
//! that they were sent from is settled.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Duration;

use super::function::{Callee, Overflow, Policy, Signature, name};
use super::lane::{self, Errand, Lane};
use crate::convert::{Bridged, FromHost, Reader};
use crate::desc::TypeDesc;
use crate::sync::{Condvar, Mutex, MutexGuard};

/// A function of the host's that Rust calls without waiting for it.
pub struct Notifier<S: Signature<Given = ()>>(Arc<Notes<S>>);

struct Notes<S: Signature<Given = ()>> {
    callee: Arc<dyn Callee<S>>,
    queue: Mutex<VecDeque<Note<S>>>,
    room: Condvar,
    /// The callee's own lane: one for all notifications that no call owns, as each call has one for all of its.
    home: OnceLock<Arc<dyn Lane>>,
}

struct Note<S: Signature> {
    args: S::Args,
    lane: Arc<dyn Lane>,
}

// SAFETY: without threads nothing is ever sent or shared.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl<S: Signature<Given = ()>> Send for Notifier<S> {}
// SAFETY: as above.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl<S: Signature<Given = ()>> Sync for Notifier<S> {}

/// How often a thread that waits for room looks whether the loop is still there.
const LOOK: Duration = Duration::from_millis(20);

impl<S: Signature<Given = ()>> Notifier<S> {
    /// Around what a host has made.
    pub fn new(callee: Arc<dyn Callee<S>>) -> Self {
        super::put_to_use();
        Self(Arc::new(Notes { callee, queue: Mutex::default(), room: Condvar::new(), home: OnceLock::new() }))
    }

    /// Has the function called with `args`. An exception that it raises ends the bridged call that this belongs to.
    ///
    /// From the host's own thread it returns when the function has. From another it returns at once, unless the queue is
    /// full and [`Overflow`](super::function::Overflow) says that it waits. When the call has been told its end, what its
    /// future had sent is not delivered any more; code that outlives it goes on by the loop that the function was handed
    /// over on. When that is gone, or no loop was running then, nothing is delivered. Nor is anything once a function of the
    /// host's has ended the poll or the plain call that this is sent from.
    pub fn notify(&self, args: S::Args) {
        if lane::has_failed() {
            return;
        }
        let notes = &self.0;
        let Some(lane) = lane::current_for(&*notes.callee).or_else(|| notes.home()) else {
            // No call and no loop: a plain function of the host's, in a plain call of ours.
            if notes.callee.is_here()
                && let Err(error) = lane::outside(|| notes.callee.call(args, None))
            {
                lane::fail(error, None);
            }
            return;
        };
        if lane.is_here() {
            // Those that others send meanwhile wait for their errands: a flood does not hold the loop.
            for _ in 0..notes.due() {
                let Some(note) = notes.next() else { break };
                let is_ours = Arc::ptr_eq(&note.lane, &lane);
                notes.deliver(note, is_ours);
            }
            notes.deliver(Note { args, lane }, true);
        } else {
            Notes::push(notes, Note { args, lane });
        }
    }
}

impl<S: Signature<Given = ()>> Notes<S> {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Note<S>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn home(&self) -> Option<Arc<dyn Lane>> {
        if self.home.get().is_none() {
            let _ = self.home.set(self.callee.lane()?);
        }
        self.home.get().cloned()
    }

    fn push(this: &Arc<Self>, note: Note<S>) {
        let lane = Arc::clone(&note.lane);
        if !lane.is_open() {
            return;
        }
        let Overflow { policy, capacity } = S::OVERFLOW;
        let capacity = capacity.max(1);
        let mut queue = this.queue();
        let mut gone = None;
        match policy {
            Policy::Block => {
                // A thread of the host's must not wait: it may keep the loop's thread from making room, as Python's lock does.
                while queue.len() >= capacity && !this.callee.is_here() {
                    let waited = this.room.wait_timeout(queue, LOOK);
                    queue = waited.unwrap_or_else(PoisonError::into_inner).0;
                    if !lane.is_open() {
                        return;
                    }
                }
            }
            Policy::DropOldest if queue.len() >= capacity => gone = queue.pop_front(),
            Policy::DropOldest => {}
            Policy::Coalesce => {
                // The one that waits has its errand, which takes this one in its place.
                if let Some(last) = queue.iter_mut().find(|waiting| Arc::ptr_eq(&waiting.lane, &lane)) {
                    let before = std::mem::replace(last, note);
                    drop(queue);
                    drop(before);
                    return;
                }
            }
        }
        queue.push_back(note);
        // The errand of one that gave way is on its way to the same loop: a flood does not fill that loop's queue.
        let has_errand = gone.as_ref().is_some_and(|gone| Arc::ptr_eq(&gone.lane, &lane));
        // With the lock held: errands come in the order of the notes, whoever else pushes. Posting wakes, and runs nothing.
        let posted = if has_errand { Ok(()) } else { lane.post(Arc::clone(this) as Arc<dyn Errand>) };
        drop(queue);
        drop(gone);
        if let Err(errand) = posted {
            errand.abandon();
        }
    }

    /// How many are due on this thread.
    fn due(&self) -> usize {
        self.queue().iter().filter(|note| note.lane.is_here()).count()
    }

    /// The oldest that is due on this thread.
    fn next(&self) -> Option<Note<S>> {
        let mut queue = self.queue();
        let due = queue.iter().position(|note| note.lane.is_here())?;
        let note = queue.remove(due);
        drop(queue);
        self.room.notify_one();
        note
    }

    /// `is_ours`: it belongs to the call whose code runs here, if any does.
    fn deliver(&self, Note { args, lane }: Note<S>, is_ours: bool) {
        if lane.is_open()
            && let Err(error) = lane::outside(|| self.callee.call(args, Some(&lane)))
        {
            if is_ours {
                lane::fail(error, Some(&lane));
            } else {
                lane.fail(error);
            }
        }
    }
}

impl<S: Signature<Given = ()>> Errand for Notes<S> {
    fn run(self: Arc<Self>) {
        if let Some(note) = self.next() {
            self.deliver(note, false);
        }
    }

    fn abandon(self: Arc<Self>) {
        let gone: VecDeque<_> = {
            let mut queue = self.queue();
            let (gone, left) = queue.drain(..).partition(|note| !note.lane.is_open());
            *queue = left;
            gone
        };
        self.room.notify_all();
        drop(gone);
    }
}

impl<S: Signature<Given = ()>> Clone for Notifier<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Signature<Given = ()>> fmt::Debug for Notifier<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Notifier").field(&name::<S>()).finish()
    }
}

#[diagnostic::do_not_recommend]
impl<S: Signature<Given = ()>> Bridged for Notifier<S> {
    const TYPE: TypeDesc = TypeDesc::Function(S::DESC);
}

#[diagnostic::do_not_recommend]
impl<S: Signature<Given = ()>> FromHost for Notifier<S> {
    fn from_host<R: Reader>(value: R) -> Result<Self, R::Error> {
        value.function::<S>().map(Self::new)
    }
}
