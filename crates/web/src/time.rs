//! `ponton::time` on the web: the API of the native hosts, over one heap of timers and one `setTimeout`.
//!
//! A browser throttles the timers of a page in the background, to one turn a second or fewer.

mod instant;
mod timers;

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

pub use self::instant::Instant;
use self::timers::Timer;
pub use ponton_core::errors::Elapsed;

/// A future that is ready after its time. See [`sleep`].
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    deadline: Instant,
    timer: Option<Rc<Timer>>,
}

impl Sleep {
    fn until(deadline: Instant) -> Self {
        Self { deadline, timer: None }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &self.timer {
            Some(timer) if timer.has_fired() => return Poll::Ready(()),
            Some(timer) => timer.wake_later(cx.waker()),
            None if self.deadline <= Instant::now() => return Poll::Ready(()),
            None => self.timer = Some(Timer::start(self.deadline.since_origin(), cx.waker().clone())),
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.stop();
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// Waits for `duration`, with the precision of the browser's timers (1 ms; 4 ms where they are nested).
///
/// # Cancel safety
/// Dropping it stops the timer; nothing else happens.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::until(Instant::now().saturating_add(duration))
}

/// Runs `future` for at most `duration`, then drops it. A future that is ready at once wins over any `duration`.
///
/// # Errors
/// [`Elapsed`] when the time was up first.
///
/// # Cancel safety
/// As that of `future`.
pub async fn timeout<F: Future>(duration: Duration, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let mut sleep = sleep(duration);
    std::future::poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        Pin::new(&mut sleep).poll(cx).map(|()| Err(Elapsed))
    })
    .await
}

/// Ticks at a fixed rate. See [`interval`].
#[derive(Debug)]
pub struct Interval {
    next: Sleep,
    period: Duration,
}

impl Interval {
    /// Waits for the next tick. Ticks that were missed come at once, one by one.
    ///
    /// # Cancel safety
    /// No tick is lost when it is dropped.
    pub async fn tick(&mut self) {
        Pin::new(&mut self.next).await;
        self.next = Sleep::until(self.next.deadline.saturating_add(self.period));
    }
}

/// A first tick now, then one every `period`.
///
/// # Panics
/// When `period` is zero.
pub fn interval(period: Duration) -> Interval {
    assert!(!period.is_zero(), "the period of an interval must not be zero");
    Interval { next: Sleep::until(Instant::now()), period }
}
