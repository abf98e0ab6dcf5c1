//! Scenario 3: a spawned task starts by its runtime's rule, awaited or not.

use std::sync::mpsc;

use tokio::time::sleep;

use super::{Parts, STEP, current_thread, multi_thread, wait};
use crate::bridge::lab;
use crate::observe::{mark, observe};

pub(super) const PARTS: Parts = &[
    ("spawn", || current_thread().block_on(spawn())),
    ("other-rule", || multi_thread().block_on(other_rule())),
    ("never-awaited", || current_thread().block_on(never_awaited())),
    ("bridge-spawn", || current_thread().block_on(bridge_spawn())),
];

// lab:begin spawn never-awaited
async fn job() {
    mark("job", "inside the body");
    sleep(STEP).await;
    mark("job", "end of the body");
}
// lab:end

// lab:begin spawn
async fn spawn() {
    let handle = tokio::spawn(observe("job", job()));
    mark("main", "after spawn");
    handle.await.expect("the job does not panic");
    mark("main", "joined");
}
// lab:end

// Blocking the main thread is the point: nothing on it could have run the job.
#[expect(clippy::unused_async)]
// lab:begin other-rule
async fn other_rule() {
    let (done, told) = mpsc::channel();
    let job = async move {
        mark("job", "inside the body");
        let _ = done.send(());
    };
    let _handle = tokio::spawn(observe("job", job));
    let _ = told.recv(); // blocks this thread; never awaits
    mark("main", "told that the body ran");
}
// lab:end

// lab:begin never-awaited
async fn never_awaited() {
    drop(tokio::spawn(observe("job", job())));
    mark("main", "the handle is gone");
    wait(4).await;
    mark("main", "main ends");
}
// lab:end

// lab:begin bridge-spawn
async fn bridge_spawn() {
    let handle = ponton::task::spawn(observe("work", lab::work(1, None)));
    mark("main", "after spawn");
    handle.await.expect("the work does not panic");
    mark("main", "joined");
}
// lab:end
