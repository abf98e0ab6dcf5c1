//! The observer: records what happens to a future, and changes nothing about it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

pub use ponton::trace::mark;
use ponton::trace::{Event, TaskTrace};

/// Wraps a future so that every step of its life is recorded under `name`.
pub fn observe<F: Future>(name: &'static str, future: F) -> Observed<F> {
    Observed { task: TaskTrace::created(name), inner: Some(Box::pin(future)), polled: false }
}

/// A future under observation; made by [`observe`].
#[must_use = "futures do nothing unless polled"]
pub struct Observed<F: Future> {
    task: TaskTrace,
    /// `None` once it is ready.
    inner: Option<Pin<Box<F>>>,
    polled: bool,
}

impl<F: Future> Future for Observed<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let task = self.task;
        if !std::mem::replace(&mut self.polled, true) {
            task.emit(Event::FirstPoll);
        }
        let waker = Waker::from(Arc::new(Watch { task, inner: cx.waker().clone() }));
        let inner = self.inner.as_mut().expect("polled after it was ready");
        let poll = task.scope(|| inner.as_mut().poll(&mut Context::from_waker(&waker)));
        if poll.is_ready() {
            task.emit(Event::Ready);
            self.inner = None;
        } else {
            task.emit(Event::Pending);
        }
        poll
    }
}

impl<F: Future> Drop for Observed<F> {
    fn drop(&mut self) {
        // The inner future goes first, so that `dropped` says the drop is done.
        if self.inner.take().is_some() {
            self.task.emit(Event::Dropped);
        }
    }
}

struct Watch {
    task: TaskTrace,
    inner: Waker,
}

impl Wake for Watch {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.task.emit(Event::Woken);
        self.inner.wake_by_ref();
    }
}

/// Records a note when it goes out of scope: the body's own view of being dropped.
pub struct Farewell(pub &'static str);

impl Drop for Farewell {
    fn drop(&mut self) {
        mark(self.0, "its locals are dropped");
    }
}
