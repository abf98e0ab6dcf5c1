//! Scenario 1: a future does nothing until it is polled.

use tokio::time::sleep;

use super::{Parts, STEP, current_thread};
use crate::bridge::lab;
use crate::observe::{mark, observe};

pub(super) const PARTS: Parts = &[
    ("call", call),
    ("call-then-await", || current_thread().block_on(call_then_await())),
    ("bridge-call", bridge_call),
    ("bridge-other-mode", || current_thread().block_on(bridge_other_mode())),
];

// lab:begin call call-then-await
async fn fetch() -> u32 {
    mark("fetch", "inside the body");
    sleep(STEP).await;
    7
}
// lab:end

// lab:begin call
fn call() {
    let future = observe("fetch", fetch());
    mark("main", "the call returned");
    drop(future);
    mark("main", "main ends");
}
// lab:end

// lab:begin call-then-await
async fn call_then_await() {
    let future = observe("fetch", fetch());
    mark("main", "the call returned");
    let value = future.await;
    mark("main", &format!("got {value}"));
}
// lab:end

// lab:begin bridge-call
fn bridge_call() {
    let future = observe("work", lab::work(1, None));
    mark("main", "the call returned");
    drop(future);
    mark("main", "main ends");
}
// lab:end

// lab:begin bridge-other-mode
async fn bridge_other_mode() {
    let handle = ponton::task::spawn(observe("work", lab::work(1, None)));
    mark("main", "the call returned");
    let value = handle.await.expect("the work does not panic");
    mark("main", &format!("got {value}"));
}
// lab:end
