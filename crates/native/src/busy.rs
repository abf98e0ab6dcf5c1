//! The blocking jobs that run, for the end of the program to name.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::fork::PerProcess;

#[derive(Default)]
struct Jobs {
    last: u64,
    running: BTreeMap<u64, (&'static str, Instant)>,
}

static JOBS: PerProcess<Mutex<Jobs>> = PerProcess::new();

fn jobs() -> MutexGuard<'static, Jobs> {
    JOBS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// A job that runs, until it is dropped.
pub(crate) struct Busy(u64);

impl Busy {
    pub(crate) fn new(name: &'static str) -> Self {
        let mut jobs = jobs();
        jobs.last += 1;
        let key = jobs.last;
        jobs.running.insert(key, (name, Instant::now()));
        Self(key)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        jobs().running.remove(&self.0);
    }
}

/// Name and age of each, the oldest first.
pub(crate) fn running() -> Vec<(&'static str, Duration)> {
    jobs().running.values().map(|(name, since)| (*name, since.elapsed())).collect()
}
