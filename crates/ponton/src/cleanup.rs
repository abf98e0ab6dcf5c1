//! Async work that goes on when the future is dropped that began it, or needs it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use ponton_core::marker::MaybeSend;
use ponton_core::task::Work;

use crate::{BoxFuture, task, time};

/// Runs `work` when the guard that this gives is dropped: when the code around it is through, has failed, or was cancelled.
///
/// It is what `Drop` cannot be, a destructor that awaits. The bridged call that it is dropped in ends after it: Python's
/// `CancelledError` comes when `work` is done, and so does the call's result. (A promise whose signal fires rejects at
/// once, and the work keeps the process alive.) After `limit`, counted from the beginning of the work, it is dropped.
///
/// ```
/// # use std::time::Duration;
/// # #[derive(Clone)] struct Row;
/// # impl Row { async fn lock(&self) {} async fn unlock(self) {} async fn write(&self) {} }
/// async fn update(row: Row) {
///     row.lock().await;
///     let _unlock = ponton::cleanup(Duration::from_secs(5), row.clone().unlock());
///     row.write().await; // cancelled here, or done: the row is unlocked before the caller hears of it
/// }
/// ```
///
/// The work may call host code, and is polled where the call is. To run it sooner, await the guard; to run it not at all,
/// [disarm](Cleanup::disarm) it. A cancel that comes while it runs does not stop it; the call then ends cancelled, also if it
/// had its result. Outside of a bridged call, in a task of your own for example, nobody waits for it: it becomes a
/// [task](task::spawn).
///
/// If it panics, so has the call: it fails with `PanicError`. When the interpreter exits, it has a second.
///
/// # Cancel safety
/// Awaiting the guard may be cancelled: what is left of the work then runs as if it had been dropped.
pub fn cleanup<F>(limit: Duration, work: F) -> Cleanup
where
    F: Future<Output = ()> + MaybeSend + 'static,
{
    Cleanup(Some(Box::pin(async move {
        let _ = time::timeout(limit, work).await;
    })))
}

/// Work for later. See [`cleanup`].
#[must_use = "dropping it runs the work now"]
pub struct Cleanup(Option<BoxFuture<'static, ()>>);

impl Cleanup {
    /// Drops the work, which does not run.
    pub fn disarm(mut self) {
        self.0 = None;
    }
}

impl Future for Cleanup {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        poll_kept(&mut self.0, cx)
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            Work::new(work, go_on).leave();
        }
    }
}

impl fmt::Debug for Cleanup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cleanup")
    }
}

/// Keeps `future` from being cancelled with the code that awaits it.
///
/// Like every future it begins when it is first polled. When what this gives is dropped after that, `future` goes on as a
/// [task](task::spawn), and nobody waits for it or hears what comes of it. If the caller shall wait for it, use
/// [`cleanup`].
///
/// ```
/// # #[derive(Clone)] struct Client;
/// # impl Client { async fn write(self, _: u64) -> Result<(), std::io::Error> { Ok(()) } }
/// # async fn store(client: &Client) -> Result<(), std::io::Error> {
/// ponton::shield(client.clone().write(7)).await // cancelled here: the write goes on
/// # }
/// ```
///
/// # Cancel safety
/// That is what it is for: a cancel loses the output, and stops nothing.
pub fn shield<F>(future: F) -> Shield<F::Output>
where
    F: Future + MaybeSend + 'static,
    F::Output: MaybeSend + 'static,
{
    Shield { future: Some(Box::pin(future)), begun: false }
}

/// A future that goes on when it is dropped. See [`shield`].
#[must_use = "futures do nothing unless awaited"]
pub struct Shield<T: 'static> {
    future: Option<BoxFuture<'static, T>>,
    begun: bool,
}

impl<T: 'static> Future for Shield<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.begun = true;
        poll_kept(&mut self.future, cx)
    }
}

impl<T: 'static> Drop for Shield<T> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take().filter(|_| self.begun) {
            go_on(Box::pin(async move { drop(future.await) }));
        }
    }
}

impl<T: 'static> fmt::Debug for Shield<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shield").field("begun", &self.begun).finish_non_exhaustive()
    }
}

/// Polls the future that is kept in `place`, and keeps it only if it is pending: one that panics does not go on.
fn poll_kept<T>(place: &mut Option<BoxFuture<'static, T>>, cx: &mut Context<'_>) -> Poll<T> {
    let mut future = place.take().expect("polled after it was ready");
    let polled = future.as_mut().poll(cx);
    if polled.is_pending() {
        *place = Some(future);
    }
    polled
}

fn go_on(future: BoxFuture<'static, ()>) {
    drop(task::spawn(future));
}
