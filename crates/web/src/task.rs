//! `ponton::task` on the web: the API of the native hosts, on the one thread there is.
//!
//! Futures and their outputs need not be `Send`. There is no `spawn_blocking`: nothing may block here.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

pub use ponton_core::errors::JoinError;
use ponton_core::host::lane::{self, Lane};
use ponton_core::module::Return;
use ponton_core::panic::Caught;
use ponton_core::task::{Cancelled, Job, Outcome, Task, TaskHost};
pub use ponton_core::task::{Live, LiveState, live};

use crate::executor;
use crate::one_thread::OneThread;
use crate::running::{self, Fail, Runner};

/// A spawned task. Awaiting it gives the task's output; dropping it lets the task run on.
///
/// # Cancel safety
/// Awaiting `&mut handle` may be cancelled and taken up again.
#[must_use = "a task that nobody joins runs on by itself; use `drop` or `let _ =` to say so"]
pub struct JoinHandle<T>(Rc<End<T>>);

impl<T> JoinHandle<T> {
    /// Drops the task at its next suspension point; one that is suspended, now.
    pub fn abort(&self) {
        let task = self.0.task.take();
        self.0.task.set(task.clone());
        if let Some(task) = task {
            task.abort();
        }
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.0.finished.get()
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(result) = self.0.result.take() {
            return Poll::Ready(result);
        }
        assert!(!self.is_finished(), "a JoinHandle was polled after it was ready");
        self.0.joiner.set(Some(cx.waker().clone()));
        Poll::Pending
    }
}

/// Starts `future` on the next turn, whether or not the handle is awaited. Host code that it asks for runs as part of the
/// bridged call that spawned it.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let end = Rc::new(End {
        task: Cell::new(None),
        result: Cell::new(None),
        finished: Cell::new(false),
        joiner: Cell::new(None),
    });
    let host = Spawned { end: OneThread(Rc::clone(&end) as Rc<dyn Ended>), lane: OneThread(lane::current()) };
    let output = Rc::clone(&end);
    let task = Task::untraced(async move { output.finish(Ok(future.await)) }, host);
    end.task.set(Some(Arc::clone(&task) as Arc<dyn Abort>));
    task.start_elsewhere();
    JoinHandle(end)
}

/// Suspends once, so that other tasks get a turn.
///
/// # Cancel safety
/// Dropping it has no effect.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The place where a task leaves its output for the handle.
struct End<T> {
    /// Keeps the task until it ends, whether or not somebody can still wake it.
    task: Cell<Option<Arc<dyn Abort>>>,
    result: Cell<Option<Result<T, JoinError>>>,
    finished: Cell<bool>,
    joiner: Cell<Option<Waker>>,
}

impl<T> End<T> {
    fn finish(&self, result: Result<T, JoinError>) {
        self.result.set(Some(result));
        self.finished.set(true);
        drop(self.task.take());
        if let Some(joiner) = self.joiner.take() {
            joiner.wake();
        }
    }
}

/// An [`End`] without its type.
trait Ended: Fail {
    fn aborted(&self);
}

impl<T> Ended for End<T> {
    fn aborted(&self) {
        if !self.finished.get() {
            self.finish(Err(JoinError::Aborted));
        }
    }
}

impl<T> Fail for End<T> {
    fn fail(&self, caught: &Caught) {
        self.finish(Err(caught.clone().into()));
    }
}

/// A task that can be aborted, without its type.
trait Abort {
    fn abort(self: Arc<Self>);
}

impl<F: Future<Output = ()> + 'static> Abort for Task<F, Spawned> {
    fn abort(self: Arc<Self>) {
        match self.cancel() {
            Cancelled::Dropped => self.host().end.0.aborted(),
            // `completed` follows.
            Cancelled::Requested | Cancelled::TooLate => {}
        }
    }
}

/// The host of a spawned task: the executor, and the end that its handle looks at.
struct Spawned {
    end: OneThread<Rc<dyn Ended>>,
    /// Of the call that spawned it.
    lane: OneThread<Option<Arc<dyn Lane>>>,
}

impl TaskHost for Spawned {
    type Guard = running::Guard;

    fn enter(&self) -> Self::Guard {
        running::enter(Runner::Task(Rc::clone(&self.end.0) as Rc<dyn Fail>))
    }

    fn schedule(&self, job: Job) {
        executor::schedule(job);
    }

    fn lane(&self) -> Option<Arc<dyn Lane>> {
        // What outlives its call speaks for itself: by the loop that a callback was handed over on.
        self.lane.0.as_ref().filter(|lane| lane.is_open()).map(Arc::clone)
    }

    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let end = &task.host().end.0;
        match task.take_outcome() {
            Some(Outcome::Panicked(panic)) => end.fail(&Caught::Panicked(panic)),
            Some(Outcome::Raised(error)) => {
                // Whoever joins it may never look.
                if let Some(lane) = &task.host().lane.0 {
                    lane.fail(error.clone());
                }
                end.fail(&Caught::Raised(error));
            }
            Some(Outcome::Cancelled | Outcome::Aborted) => end.aborted(),
            // The task itself has left its output.
            Some(Outcome::Ready(_)) | None => {}
        }
    }
}
