//! Scenario 4: what stops a future, and what only looks as if it did.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::sync::oneshot;
use tokio::task::{spawn_blocking, yield_now};
use tokio::time::sleep;

use super::{Parts, STEP, current_thread, wait};
use crate::bridge::lab;
use crate::observe::{Farewell, mark, observe};

pub(super) const PARTS: Parts = &[
    ("drop", || current_thread().block_on(drop_it())),
    ("ask", || current_thread().block_on(ask())),
    ("refused", || current_thread().block_on(refused())),
    ("blocking", || current_thread().block_on(blocking())),
    ("bridge-cancel", || current_thread().block_on(bridge_cancel())),
];

// lab:begin drop ask refused
async fn work() {
    let _locals = Farewell("work");
    for step in 1..=3 {
        mark("work", &format!("step {step}"));
        sleep(STEP).await;
    }
}
// lab:end

/// Polls once and hands the future back, pending or not.
pub(super) async fn poll_once<F: Future + Unpin>(future: &mut F) {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _ = future.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
}

// lab:begin drop
async fn drop_it() {
    let mut future = observe("work", work());
    poll_once(&mut future).await;
    mark("main", "stop it");
    drop(future);
    wait(4).await;
    mark("main", "main ends");
}
// lab:end

// lab:begin ask
async fn ask() {
    let handle = tokio::spawn(observe("work", work()));
    yield_now().await;
    mark("main", "stop it");
    handle.abort();
    let error = handle.await.expect_err("it was aborted");
    mark("main", &format!("is_cancelled: {}", error.is_cancelled()));
    wait(4).await;
    mark("main", "main ends");
}
// lab:end

// lab:begin refused
async fn refused() {
    let handle = tokio::spawn(observe("work", work()));
    yield_now().await;
    mark("main", "stop it");
    drop(handle); // detaches: the task goes on
    wait(8).await;
    mark("main", "main ends");
}
// lab:end

// lab:begin blocking
async fn blocking() {
    let (started, running) = oneshot::channel();
    let (go_on, gate) = oneshot::channel::<()>();
    let handle = spawn_blocking(move || {
        mark("work", "step 1");
        let _ = started.send(());
        let _ = gate.blocking_recv();
        mark("work", "step 2");
    });
    let _ = running.await;
    mark("main", "stop it");
    handle.abort(); // too late: a closure has no suspension point
    let _ = go_on.send(());
    let outcome = handle.await;
    mark("main", if outcome.is_ok() { "it finished anyway" } else { "it was stopped" });
}
// lab:end

// lab:begin bridge-cancel
async fn bridge_cancel() {
    let mut future = observe("work", lab::work(3, None));
    poll_once(&mut future).await;
    mark("main", "stop it");
    drop(future);
    wait(4).await;
    mark("main", &format!("work_done: {}", lab::work_done()));
}
// lab:end
