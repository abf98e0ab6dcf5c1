//! Scenario 2: the await that was forgotten.

use tokio::time::sleep;

use super::{Parts, STEP, current_thread};
use crate::bridge::lab;
use crate::observe::{mark, observe};

pub(super) const PARTS: Parts = &[
    ("no-await", || current_thread().block_on(no_await())),
    ("with-await", || current_thread().block_on(with_await())),
    ("bridge-no-await", || current_thread().block_on(bridge_no_await())),
];

// The pitfall is the point here; the lint and `#[must_use]` would both catch it.
#[expect(clippy::let_underscore_future, clippy::unused_async)]
// lab:begin no-await
async fn no_await() {
    mark("main", "hello");
    let _ = observe("sleep", sleep(STEP));
    mark("main", "world");
}
// lab:end

// lab:begin with-await
async fn with_await() {
    mark("main", "hello");
    observe("sleep", sleep(STEP)).await;
    mark("main", "world");
}
// lab:end

#[expect(clippy::let_underscore_future, clippy::unused_async)]
// lab:begin bridge-no-await
async fn bridge_no_await() {
    mark("main", "hello");
    let _ = observe("sleep", lab::sleep(STEP));
    mark("main", "world");
}
// lab:end
