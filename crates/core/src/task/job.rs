//! A due poll, as executors see it.

use std::fmt;
use std::sync::Arc;

/// A task with its types erased.
pub trait Run: Send + Sync + 'static {
    /// Polls once and reports the end, if it is one.
    fn run(self: Arc<Self>);
    /// Whether the thread of the loop that woke it does well to poll it itself. Asked once for each job.
    fn stays(&self) -> bool;
    /// The executor will never run it: drops the future and reports [`Outcome::Aborted`](super::Outcome::Aborted).
    fn abort(self: Arc<Self>);
}

/// One due poll. Run it, or drop it to abort the task.
#[must_use = "dropping a job aborts its task"]
pub struct Job(Option<Arc<dyn Run>>);

impl Job {
    pub(super) fn new(task: Arc<dyn Run>) -> Self {
        Self(Some(task))
    }

    /// Whether the loop's thread may poll the task itself, having woken it: its function's polls are short, and the task has
    /// not been there for long. Ask once.
    pub fn stays(&self) -> bool {
        self.0.as_ref().is_some_and(|task| task.stays())
    }

    /// Polls the task.
    pub fn run(mut self) {
        if let Some(task) = self.0.take() {
            task.run();
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}
