//! Polls that stay on the thread of a host's loop, because that thread woke them.
//!
//! Two threads need not wake each other then, which is most of what a hop through the workers costs. The loop must not pay
//! for it: only functions whose polls are short stay (see [`Habit`](ponton_core::task::Habit)), a poll has a worker's
//! budget of operations, and a loop that is late loses its polls to the workers.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crossbeam_queue::SegQueue;
use ponton_core::task::Job;
use tokio::runtime::Handle;

use crate::runtime;

/// A loop that has polled none of what is due for so long is late. A loop that has nothing due is looked at so often too.
const LATE: Duration = Duration::from_millis(2);
/// After so many looks at a loop that has nothing due, nobody looks any more.
const LOOKS: u32 = 16;

/// What one loop is to poll.
#[derive(Debug, Default)]
pub struct Near {
    due: SegQueue<Job>,
    /// How many polls the loop has made.
    polled: AtomicUsize,
    /// Whether somebody looks after a loop that is late.
    watched: AtomicBool,
}

impl Near {
    /// Keeps `job` for the loop's thread, which is woken by the caller to call [`Self::poll_next`].
    pub fn keep(self: &Arc<Self>, job: Job) {
        self.due.push(job);
        if !self.watched.swap(true, Ordering::SeqCst) {
            runtime::handle().spawn(watch(Arc::downgrade(self)));
        }
    }

    /// Polls what is due next, if the workers have not taken it. On the loop's thread.
    pub fn poll_next(&self) {
        let Some(job) = self.due.pop() else { return };
        self.polled.fetch_add(1, Ordering::Relaxed);
        if may_block_on() {
            // For the budget of operations that tokio gives to a poll: without it, a future that always finds something to
            // do would never return.
            blocked_on(|| runtime::handle().block_on(async move { job.run() }));
        } else {
            runtime::schedule(job);
        }
    }

    /// The loop is gone: drops what is due, which aborts it.
    pub fn close(&self) {
        while let Some(job) = self.due.pop() {
            drop(job);
        }
    }
}

thread_local! {
    static BLOCKED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `body`, which blocks this thread on a future.
pub(crate) fn blocked_on<R>(body: impl FnOnce() -> R) -> R {
    struct Leave(bool);
    impl Drop for Leave {
        fn drop(&mut self) {
            BLOCKED.set(self.0);
        }
    }
    let _leave = Leave(BLOCKED.replace(true));
    body()
}

/// Runs host code that a poll asks for, outside of the `block_on` around that poll: it may block this thread on a future.
pub(crate) fn outside(host_code: &mut dyn FnMut()) {
    if BLOCKED.get() {
        tokio::task::block_in_place(host_code);
    } else {
        host_code();
    }
}

/// Whether this thread is not inside a runtime: neither ours, nor one that has the host's loop run in it.
fn may_block_on() -> bool {
    !BLOCKED.get() && Handle::try_current().is_ok_and(|current| current.id() == runtime::handle().id())
}

/// Gives to the workers what a loop is late for, as long as it has something due now and then.
async fn watch(near: Weak<Near>) {
    let (mut polled, mut idle) = (0, 0);
    while idle < LOOKS {
        tokio::time::sleep(LATE).await;
        let Some(near) = near.upgrade() else { return };
        let now = near.polled.load(Ordering::Relaxed);
        if now != polled {
            (polled, idle) = (now, 0);
        } else if near.due.is_empty() {
            idle += 1;
        } else {
            while let Some(job) = near.due.pop() {
                runtime::schedule(job);
            }
        }
        if idle == LOOKS {
            near.watched.store(false, Ordering::SeqCst);
            // Somebody may have kept a job just before.
            if !near.due.is_empty() && !near.watched.swap(true, Ordering::SeqCst) {
                idle = 0;
            }
        }
    }
}
