//! What has a lock of the whole process's, held still while the process forks: the child has no other thread that could let
//! go of it.

use crate::task::{forget_work, live};
use crate::trace;

/// Nobody traces, and no call enters the list of those in flight, while this lives.
#[derive(Debug)]
pub struct Held {
    _trace: trace::Frozen,
    live: live::Frozen,
}

/// Takes every lock, before the fork.
pub fn hold() -> Held {
    Held { _trace: trace::freeze(), live: live::freeze() }
}

impl Held {
    /// In the child: no call is in flight there. (In the parent, drop it.)
    pub fn forked(mut self) {
        self.live.clear();
        forget_work();
    }
}
