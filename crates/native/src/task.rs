//! `ponton::task` on native hosts.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use ponton_core::errors::JoinError;
use ponton_core::panic::PanicMessage;

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
            Ok(payload) => JoinError::Panicked(PanicMessage::from_payload(payload)),
            Err(_) => JoinError::Aborted,
        })
    }
}

/// Starts `future` now, on the runtime's workers, whether or not the handle is awaited.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    JoinHandle(runtime::current().spawn(future))
}

/// Runs `body` on a thread where it may block.
pub fn spawn_blocking<R, B>(body: B) -> JoinHandle<R>
where
    B: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    JoinHandle(runtime::current().spawn_blocking(body))
}

/// Suspends once, so that other tasks get a turn.
///
/// # Cancel safety
/// Dropping it has no effect.
pub async fn yield_now() {
    tokio::task::yield_now().await;
}
