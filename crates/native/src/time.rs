//! `ponton::time` on native hosts: tokio's timers, usable from any context.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

pub use std::time::Instant;

pub use ponton_core::errors::Elapsed;

use crate::runtime;

/// A future that is ready after its time. See [`sleep`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep(Pin<Box<tokio::time::Sleep>>);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

/// Waits for `duration`, with the precision of the runtime's timer (1 ms).
///
/// # Cancel safety
/// Dropping it stops the timer; nothing else happens.
pub fn sleep(duration: Duration) -> Sleep {
    let context = runtime::current();
    let _guard = context.enter();
    Sleep(Box::pin(tokio::time::sleep(duration)))
}

/// Runs `future` for at most `duration`, then drops it.
///
/// # Errors
/// [`Elapsed`] when the time was up first.
///
/// # Cancel safety
/// As that of `future`.
pub async fn timeout<F: Future>(duration: Duration, future: F) -> Result<F::Output, Elapsed> {
    let context = runtime::current();
    let timeout = {
        let _guard = context.enter();
        tokio::time::timeout(duration, future)
    };
    timeout.await.map_err(|_| Elapsed)
}

/// Ticks at a fixed rate. See [`interval`].
#[derive(Debug)]
pub struct Interval(tokio::time::Interval);

impl Interval {
    /// Waits for the next tick. Ticks that were missed come at once, one by one.
    ///
    /// # Cancel safety
    /// No tick is lost when it is dropped.
    pub async fn tick(&mut self) {
        self.0.tick().await;
    }
}

/// A first tick now, then one every `period`.
///
/// # Panics
/// When `period` is zero.
pub fn interval(period: Duration) -> Interval {
    let context = runtime::current();
    let _guard = context.enter();
    Interval(tokio::time::interval(period))
}
