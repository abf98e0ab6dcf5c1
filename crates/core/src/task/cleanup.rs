//! Work that a future leaves behind, and that the end of its task waits for.

use std::fmt;
use std::pin::Pin;
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

impl Work {
    /// `elsewhere` starts it where no task takes it.
    pub fn new(future: BoxFuture<'static, ()>, elsewhere: Elsewhere) -> Self {
        Self { future, elsewhere }
    }

    /// Leaves it to the task whose future is polled or dropped here: the task polls it from now on, and ends after it.
    /// What is dropped elsewhere, in a spawned task say, has it started there.
    pub fn leave(self) {
        if let Err(work) = lane::leave(self) {
            work.start_elsewhere();
        }
    }

    /// No task polls it any more.
    pub(crate) fn start_elsewhere(self) {
        (self.elsewhere)(self.future);
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
