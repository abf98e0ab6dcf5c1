//! What can be set, before the runtime starts: by the program, which wins, or in the environment.

use std::env;
use std::ffi::OsStr;
use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use ponton_core::errors::SettingError;
use ponton_core::queue::Budget;

const WORKER_THREADS: &str = "PONTON_WORKER_THREADS";
const MAX_BLOCKING_THREADS: &str = "PONTON_MAX_BLOCKING_THREADS";
const DRAIN_ITEMS: &str = "PONTON_DRAIN_ITEMS";
const DRAIN_MICROS: &str = "PONTON_DRAIN_MICROS";

/// What the program has set.
struct Chosen {
    worker_threads: Option<NonZero<usize>>,
    max_blocking_threads: Option<NonZero<usize>>,
    drain: Option<Budget>,
    /// Whether it is too late for more.
    fixed: bool,
}

static CHOSEN: Mutex<Chosen> =
    Mutex::new(Chosen { worker_threads: None, max_blocking_threads: None, drain: None, fixed: false });

/// What holds, from the runtime's start on.
pub(crate) struct Settings {
    pub(crate) worker_threads: Option<NonZero<usize>>,
    pub(crate) max_blocking_threads: Option<NonZero<usize>>,
    pub(crate) drain: Budget,
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// Sets how many threads poll futures. The default is one per core.
///
/// `PONTON_WORKER_THREADS` says the same, and yields to this.
///
/// # Errors
/// When the runtime has started, the number was set before, or is zero.
pub fn set_worker_threads(count: usize) -> Result<(), SettingError> {
    set(|chosen| &mut chosen.worker_threads, NonZero::new(count))
}

/// Sets how many further threads there may be at a time for `#[blocking]` functions and `task::spawn_blocking`: what
/// comes above that waits. They are started as they are needed, and end when they have been idle. The default is 512.
///
/// `PONTON_MAX_BLOCKING_THREADS` says the same, and yields to this.
///
/// # Errors
/// When the runtime has started, the number was set before, or is zero.
pub fn set_max_blocking_threads(count: usize) -> Result<(), SettingError> {
    set(|chosen| &mut chosen.max_blocking_threads, NonZero::new(count))
}

/// Sets how much of what has ended a host's event loop takes up in one go, before its other callbacks get their turn: at
/// most so many items, and about so much time, which is looked at every 32 items. The default is 1024 items and 8 ms.
///
/// Less of it makes the longest pause of the loop shorter, and a flood of completions slower. `PONTON_DRAIN_ITEMS` and
/// `PONTON_DRAIN_MICROS` say the same, and yield to this.
///
/// # Errors
/// When the runtime has started, the budget was set before, or one of the two is zero (the time: less than 1 µs).
pub fn set_drain_budget(items: usize, time: Duration) -> Result<(), SettingError> {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    set(|chosen| &mut chosen.drain, (items > 0 && micros > 0).then_some(Budget { items, micros }))
}

fn set<T>(place: impl FnOnce(&mut Chosen) -> &mut Option<T>, value: Option<T>) -> Result<(), SettingError> {
    let value = value.ok_or(SettingError::Zero)?;
    let mut chosen = CHOSEN.lock().unwrap_or_else(PoisonError::into_inner);
    if chosen.fixed {
        return Err(SettingError::Started);
    }
    match place(&mut chosen) {
        Some(_) => Err(SettingError::SetBefore),
        free => {
            *free = Some(value);
            Ok(())
        }
    }
}

/// The settings. From now on they are fixed.
pub(crate) fn settings() -> &'static Settings {
    SETTINGS.get_or_init(|| {
        let mut chosen = CHOSEN.lock().unwrap_or_else(PoisonError::into_inner);
        chosen.fixed = true;
        let usual = Budget::default();
        Settings {
            worker_threads: chosen.worker_threads.or_else(|| from_environment(WORKER_THREADS)),
            max_blocking_threads: chosen.max_blocking_threads.or_else(|| from_environment(MAX_BLOCKING_THREADS)),
            drain: chosen.drain.unwrap_or_else(|| Budget {
                items: from_environment(DRAIN_ITEMS).map_or(usual.items, NonZero::get),
                micros: from_environment(DRAIN_MICROS).map_or(usual.micros, |micros| micros.get() as u64),
            }),
        }
    })
}

fn from_environment(name: &str) -> Option<NonZero<usize>> {
    let text = env::var_os(name)?;
    let number = positive(&text);
    if number.is_none() {
        eprintln!("ponton: {name}={} is not a positive number; the default is used", text.display());
    }
    number
}

fn positive(text: &OsStr) -> Option<NonZero<usize>> {
    text.to_str()?.trim().parse().ok()
}
