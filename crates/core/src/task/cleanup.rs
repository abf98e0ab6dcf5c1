//! Work that a future leaves behind, and that the end of its task waits for.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use crate::host::lane;
use crate::marker::BoxFuture;

/// Work of a future that has ended, or of a part of one.
pub struct Work {
    future: BoxFuture<'static, ()>,
    elsewhere: Elsewhere,
}

/// One word, null for nearly every future: a `Vec` is three, and its destructor a call.
pub(crate) type WorkList = Option<Box<Vec<Work>>>;

/// Starts what no task takes.
pub type Elsewhere = fn(BoxFuture<'static, ()>);

static ELSEWHERE: AtomicUsize = AtomicUsize::new(0);

/// How much work goes on that no task polls.
pub fn work_elsewhere() -> usize {
    ELSEWHERE.load(Ordering::Relaxed)
}

/// In a forked child: what goes on is the parent's.
pub(crate) fn forget_work() {
    ELSEWHERE.store(0, Ordering::Relaxed);
}

struct Counted;

impl Counted {
    fn new() -> Self {
        ELSEWHERE.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ELSEWHERE.fetch_sub(1, Ordering::Relaxed);
    }
}

static IN_USE: AtomicBool = AtomicBool::new(false);

/// Whether there was ever any work. Where nothing makes some, compilers leave out what it would need.
#[inline]
pub(super) fn in_use() -> bool {
    cfg!(loom) || IN_USE.load(Ordering::Relaxed) // a model must run the same way each time
}

impl Work {
    /// `elsewhere` starts it where no task takes it.
    pub fn new(future: BoxFuture<'static, ()>, elsewhere: Elsewhere) -> Self {
        Self { future, elsewhere }
    }

    /// Leaves it to the task whose future is polled or dropped here: the task polls it from now on, and ends after it.
    /// What is dropped elsewhere, in a spawned task say, has it started there.
    pub fn leave(self) {
        IN_USE.store(true, Ordering::Relaxed);
        if let Err(work) = lane::leave(self) {
            work.start_elsewhere();
        }
    }

    /// No task polls it any more.
    pub(crate) fn start_elsewhere(self) {
        let counted = Counted::new();
        let future = self.future;
        (self.elsewhere)(Box::pin(async move {
            let _counted = counted;
            future.await;
        }));
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.future).poll(cx)
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Work")
    }
}
