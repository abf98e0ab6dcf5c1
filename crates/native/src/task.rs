//! `ponton::task` on native hosts.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

pub use ponton_core::errors::JoinError;
use ponton_core::host::lane;
use ponton_core::panic::Caught;
use ponton_core::span::Span;
pub use ponton_core::task::{Live, LiveState, live};

use crate::busy::Busy;
use crate::runtime;

/// A spawned task. Awaiting it gives the task's output; dropping it lets the task run on.
///
/// # Cancel safety
/// Awaiting `&mut handle` may be cancelled and taken up again.
#[derive(Debug)]
#[must_use = "a task that nobody joins runs on by itself; use `drop` or `let _ =` to say so"]
pub struct JoinHandle<T>(tokio::task::JoinHandle<T>);

impl<T> JoinHandle<T> {
    /// Drops the task at its next suspension point. A blocking job that has begun runs to its end.
    pub fn abort(&self) {
        self.0.abort();
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(|error| match error.try_into_panic() {
            Ok(payload) => Caught::from_payload(payload).into(),
            Err(_) => JoinError::Aborted,
        })
    }
}

/// Starts `future` now, on the runtime's workers, whether or not the handle is awaited.
///
/// Host code that it asks for runs on the loop of the call that spawned it. With the feature `tracing` it is in the span
/// that is in force here.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (runtime, lane) = (runtime::current(), lane::current());
    if lane.is_none() && !cfg!(feature = "tracing") {
        return JoinHandle(runtime.spawn(future));
    }
    let span = Span::current();
    JoinHandle(runtime.spawn(async move {
        let mut future = pin!(future);
        poll_fn(|cx| {
            let _span = span.enter();
            lane::within(lane.as_ref(), || future.as_mut().poll(cx))
        })
        .await
    }))
}

/// Runs `body` on a thread where it may block.
pub fn spawn_blocking<R, B>(body: B) -> JoinHandle<R>
where
    B: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    spawn_blocking_as("spawn_blocking", body)
}

/// [`spawn_blocking`], under a name for whoever asks what still runs.
#[doc(hidden)]
pub fn spawn_blocking_as<R, B>(name: &'static str, body: B) -> JoinHandle<R>
where
    B: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let (lane, span) = (lane::current(), Span::current());
    JoinHandle(runtime::current().spawn_blocking(move || {
        let _busy = Busy::new(name);
        let _span = span.enter();
        lane::within(lane.as_ref(), body)
    }))
}

/// Suspends once, so that other tasks get a turn.
///
/// # Cancel safety
/// Dropping it has no effect.
pub async fn yield_now() {
    tokio::task::yield_now().await;
}
