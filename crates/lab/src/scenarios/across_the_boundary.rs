//! Scenario 16: the future the hosts call, seen from Rust itself.

use std::time::Duration;

use super::cancellation::poll_once;
use super::{Parts, current_thread, wait};
use crate::bridge::lab;
use crate::observe::{Farewell, mark, observe};

pub(super) const PARTS: Parts = &[
    ("awaited", || current_thread().block_on(awaited())),
    ("leaked", || current_thread().block_on(leaked())),
    ("cancelled", || current_thread().block_on(cancelled())),
    ("asked", || current_thread().block_on(asked())),
    ("given-up", || current_thread().block_on(given_up())),
];

// lab:begin awaited
async fn awaited() {
    let value = observe("work", lab::work(2, None)).await;
    mark("main", &format!("got {value}"));
}
// lab:end

// lab:begin leaked
async fn leaked() {
    drop(observe("work", lab::work(2, None)));
    mark("main", "nobody awaits it");
    wait(4).await; // time enough, had it been running
}
// lab:end

// lab:begin cancelled
async fn cancelled() {
    let mut future = observe("work", lab::work(2, None));
    poll_once(&mut future).await;
    mark("main", "stop it");
    drop(future);
    wait(4).await;
    mark("main", &format!("work_done: {}", lab::work_done()));
}
// lab:end

// lab:begin asked
async fn asked() {
    let host = async |n| {
        mark("host", "starts");
        wait(1).await;
        Ok(2 * n)
    };
    let answer = observe("ask", lab::ask(host, None)).await;
    mark("main", &format!("got {}", answer.unwrap_or_default()));
}
// lab:end

// lab:begin given-up
async fn given_up() {
    let host = async |_| {
        mark("host", "starts");
        let _locals = Farewell("host");
        std::future::pending().await
    };
    let answer = observe("ask", lab::ask(host, Some(Duration::from_millis(20)))).await;
    mark("main", &format!("got {}", answer.unwrap_or_default()));
}
// lab:end
