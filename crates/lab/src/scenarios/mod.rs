//! The scenarios in Rust. The text between `lab:begin PART…` and `lab:end` is what the lab shows.

mod across_the_boundary;
mod cancellation;
mod lazy_vs_eager;
mod sleep_without_await;
mod spawn_starts_when;

use std::time::Duration;

use ponton::trace::label_thread;
use tokio::runtime::{Builder, Runtime};

/// A step of simulated waiting: long enough to suspend, short enough not to bore.
const STEP: Duration = Duration::from_millis(5);

/// Waits for `turns` steps. Several short waits rather than one long: each gives the other tasks a
/// turn, so that on a stalled machine `main` cannot end before them.
async fn wait(turns: u32) {
    for _ in 0..turns {
        tokio::time::sleep(STEP).await;
    }
}

type Body = fn();
type Parts = &'static [(&'static str, Body)];

const SCENARIOS: &[(&str, Parts)] = &[
    ("lazy-vs-eager", lazy_vs_eager::PARTS),
    ("sleep-without-await", sleep_without_await::PARTS),
    ("spawn-starts-when", spawn_starts_when::PARTS),
    ("cancellation", cancellation::PARTS),
    ("across-the-boundary", across_the_boundary::PARTS),
];

/// The code of a part.
pub(crate) fn body_of(scenario: &str, part: &str) -> Option<Body> {
    let (_, parts) = SCENARIOS.iter().find(|(name, _)| *name == scenario)?;
    parts.iter().find(|(name, _)| *name == part).map(|(_, body)| *body)
}

fn current_thread() -> Runtime {
    let mut builder = Builder::new_current_thread();
    build(&mut builder)
}

fn multi_thread() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    build(builder.worker_threads(2))
}

fn build(builder: &mut Builder) -> Runtime {
    builder
        .enable_time()
        .on_thread_start(|| label_thread("worker"))
        .build()
        .expect("the operating system grants the runtime its threads")
}
