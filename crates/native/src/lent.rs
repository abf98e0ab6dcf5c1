//! A runtime that another library of the same artifact uses too, one that knows no Ponton.
//!
//! Such a library wants it for good, so it cannot be taken down: at the end its threads are stopped where they stand.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use ponton_core::trace;
use tokio::runtime::{Builder, Handle, Runtime};

/// How long a blocking thread is kept that has nothing to do: the end waits until all have gone.
const KEPT: Duration = Duration::from_millis(50);

type Lend = fn(&'static Runtime);

static LEND: OnceLock<Lend> = OnceLock::new();

/// Has the runtime lent for good as it starts: `lend` gives it away. What its tasks own is not dropped then when it shuts
/// down.
#[doc(hidden)]
pub fn lend_to(lend: Lend) {
    let _ = LEND.set(lend);
}

/// What is known of a runtime that is to be lent.
pub(crate) struct Lent {
    lend: Lend,
    /// How many threads it has, workers and others.
    threads: Arc<AtomicUsize>,
}

impl Lent {
    /// For the runtime that `builder` builds, if anybody wants it.
    pub(crate) fn prepare(builder: &mut Builder) -> Option<Self> {
        let lend = *LEND.get()?;
        let threads = Arc::new(AtomicUsize::new(0));
        let (more, less) = (Arc::clone(&threads), Arc::clone(&threads));
        builder.thread_keep_alive(KEPT);
        builder.on_thread_start(move || {
            trace::label_thread("worker");
            more.fetch_add(1, Ordering::SeqCst);
        });
        builder.on_thread_stop(move || {
            less.fetch_sub(1, Ordering::SeqCst);
        });
        Some(Self { lend, threads })
    }

    pub(crate) fn lend(&self, runtime: Runtime) {
        (self.lend)(Box::leak(Box::new(runtime)));
    }

    /// Gives each worker a poll that never ends, so that nothing else is polled any more, and waits for them to begin it,
    /// and for blocking jobs to end.
    pub(crate) fn stop(&self, handle: &Handle, until: Instant) {
        let stopped = Arc::new(AtomicUsize::new(0));
        let workers = handle.metrics().num_workers();
        for _ in 0..workers {
            let stopped = Arc::clone(&stopped);
            handle.spawn(async move {
                stopped.fetch_add(1, Ordering::SeqCst);
                loop {
                    thread::park();
                }
            });
        }
        let is_still = || stopped.load(Ordering::SeqCst) == workers && self.threads.load(Ordering::SeqCst) <= workers;
        while !is_still() && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    }
}
