//! Start, use and shut down the runtime.

use std::future::Future;
use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use ponton_core::task::Job;
use ponton_core::trace;
use tokio::runtime::{Builder, EnterGuard, Handle, Runtime};

use crate::near;

/// The environment variable that sets the number of worker threads.
pub const WORKER_THREADS_VAR: &str = "PONTON_WORKER_THREADS";

struct Shared {
    handle: Handle,
    runtime: Mutex<Option<Runtime>>,
}

static SHARED: OnceLock<Shared> = OnceLock::new();
static WORKERS: OnceLock<NonZero<usize>> = OnceLock::new();

/// Sets the number of worker threads. It wins over `PONTON_WORKER_THREADS`; the default is one per core.
///
/// # Errors
/// When the runtime has started, or the number was set before.
pub fn set_worker_threads(count: NonZero<usize>) -> Result<(), AlreadySet> {
    if SHARED.get().is_some() {
        return Err(AlreadySet);
    }
    WORKERS.set(count).map_err(|_| AlreadySet)
}

/// The number of worker threads can no longer be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadySet;

impl std::fmt::Display for AlreadySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the runtime has started, or its number of worker threads was set before")
    }
}

impl std::error::Error for AlreadySet {}

fn shared() -> &'static Shared {
    SHARED.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder.enable_all().thread_name("ponton-worker").on_thread_start(|| trace::label_thread("worker"));
        let configured = WORKERS.get().copied().or_else(workers_from_environment);
        if let Some(count) = configured {
            builder.worker_threads(count.get());
        }
        let runtime = builder.build().expect("the operating system refused the threads of the Ponton runtime");
        Shared { handle: runtime.handle().clone(), runtime: Mutex::new(Some(runtime)) }
    })
}

fn workers_from_environment() -> Option<NonZero<usize>> {
    let text = std::env::var(WORKER_THREADS_VAR).ok()?;
    let parsed = text.trim().parse().ok();
    if parsed.is_none() {
        eprintln!("ponton: {WORKER_THREADS_VAR}={text} is not a positive number; one worker per core is used");
    }
    parsed
}

/// The runtime's handle, starting the runtime if need be.
///
/// # Panics
/// When the operating system refuses to start its threads.
pub fn handle() -> &'static Handle {
    &shared().handle
}

/// The current tokio runtime where there is one, else the shared one.
pub(crate) fn current() -> Handle {
    Handle::try_current().unwrap_or_else(|_| handle().clone())
}

/// What keeps a thread in the runtime's context.
pub type Guard = EnterGuard<'static>;

/// Enters the runtime's context: timers, sockets and `tokio::spawn` work while the guard lives.
pub fn enter() -> Guard {
    handle().enter()
}

/// Runs a task's next poll on a worker. A runtime that shuts down aborts it instead.
pub fn schedule(job: Job) {
    handle().spawn(async move { job.run() });
}

/// Runs `future` to its end on the calling thread, in the runtime's context.
///
/// # Panics
/// When called from inside asynchronous code, or when `future` panics.
pub fn block_on<F: Future>(future: F) -> F::Output {
    near::blocked_on(|| handle().block_on(future))
}

/// Shuts the runtime down: its tasks are dropped at their next suspension point. Waits at most `patience`
/// for polls and blocking jobs that are under way. Whatever is spawned afterwards is aborted.
pub fn shut_down(patience: Duration) {
    let Some(shared) = SHARED.get() else { return };
    let runtime = shared.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(runtime) = runtime {
        runtime.shutdown_timeout(patience);
    }
}
