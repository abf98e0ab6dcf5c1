//! Set up, start, use and shut down the runtime.
//!
//! It starts with the first call into the library, and is set up before that: by the environment, or by the program in a
//! `#[setup]` function, or in the `main` of a program in Rust.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use ponton_core::errors::SettingError;
use ponton_core::host::lane;
use ponton_core::queue::Budget;
use ponton_core::task::{Job, Live, LiveState, live, work_elsewhere};
use ponton_core::trace;
use tokio::runtime::{Builder, EnterGuard, Handle, Runtime};

use crate::busy;
use crate::fork::PerProcess;
use crate::lent::Lent;
#[doc(hidden)]
pub use crate::lent::lend_to;
use crate::near;
use crate::settings;
pub use crate::settings::{set_drain_budget, set_max_blocking_threads, set_worker_threads};

struct Shared {
    handle: Handle,
    runtime: Mutex<Option<Runtime>>,
    /// Set where another library uses it too.
    lent: Option<Lent>,
}

/// More threads than any machine has use for.
const MOST_BLOCKING_THREADS: usize = 1 << 16;

/// A forked child leaks its parent's, whose threads it has not, and starts one of its own.
static SHARED: PerProcess<Shared> = PerProcess::new();

fn shared() -> &'static Shared {
    SHARED.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder.enable_all().thread_name("ponton-worker").on_thread_start(|| trace::label_thread("worker"));
        let settings = settings::settings();
        if let Some(count) = settings.worker_threads {
            builder.worker_threads(count.get());
        }
        if let Some(count) = settings.max_blocking_threads {
            // tokio adds the workers to it.
            builder.max_blocking_threads(count.get().min(MOST_BLOCKING_THREADS));
        }
        let lent = Lent::prepare(&mut builder);
        lane::go_around(near::outside);
        let runtime = builder.build().expect("the operating system refused the threads of the Ponton runtime");
        let handle = runtime.handle().clone();
        let owned = match &lent {
            None => Some(runtime),
            Some(lent) => {
                lent.lend(runtime);
                None
            }
        };
        Shared { handle, runtime: Mutex::new(owned), lent }
    })
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

/// How much a host's loop may drain in one go.
#[doc(hidden)]
pub fn drain_budget() -> Budget {
    settings::settings().drain
}

/// Runs `future` to its end on the calling thread, in the runtime's context.
///
/// # Panics
/// When called from inside asynchronous code, or when `future` panics.
pub fn block_on<F: Future>(future: F) -> F::Output {
    near::blocked_on(|| handle().block_on(future))
}

/// Shuts the runtime down: its tasks are dropped at their next suspension point. Waits at most `patience` for calls that
/// clean up, and for polls and blocking jobs that are under way. Whatever is spawned afterwards is aborted.
pub fn shut_down(patience: Duration) {
    let Some(shared) = SHARED.get() else { return };
    let until = Instant::now() + patience;
    // A poll may leave something to be cleaned up.
    while (work_elsewhere() > 0 || live().iter().any(is_busy)) && Instant::now() < until {
        thread::sleep(Duration::from_millis(1));
    }
    let patience = until.saturating_duration_since(Instant::now());
    let runtime = shared.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(runtime) = runtime {
        runtime.shutdown_timeout(patience);
    } else if let Some(lent) = &shared.lent {
        lent.stop(&shared.handle, until);
    }
}

/// Whether the exit waits for it.
fn is_busy(live: &Live) -> bool {
    matches!(live.state, LiveState::Running | LiveState::CleaningUp)
}

/// What [`shut_down`] did not wait for any longer: polls, clean-ups and blocking jobs that still run, as text to be told. A
/// thread cannot be stopped from outside, so they run on until the process ends.
#[doc(hidden)]
pub fn still_running() -> Option<String> {
    let calls = live().into_iter().filter(is_busy);
    let calls = calls.map(|live| (live.name, live.age, live.state.name()));
    let jobs = busy::running().into_iter().map(|(name, age)| (name, age, "blocking"));
    let all: Vec<String> =
        calls.chain(jobs).map(|(name, age, state)| format!("{name} ({state}, {:.1} s)", age.as_secs_f64())).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
