//! The thread that a task must stay on.

use crate::thread;

/// 0: it may be polled and dropped anywhere.
#[derive(Clone, Copy)]
pub(super) struct Home(u64);

impl Home {
    pub(super) const ANYWHERE: Self = Self(0);

    pub(super) fn here() -> Self {
        Self(thread::number())
    }

    pub(super) fn is_here(self) -> bool {
        self.0 == 0 || self.0 == thread::number()
    }
}
