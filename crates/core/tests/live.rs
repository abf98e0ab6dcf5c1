//! The list of calls in flight, looked at while they come and go on other threads.

mod common;

use std::future::pending;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use common::TestHost;
use ponton_core::task::{Cancelled, Live, LiveState, Task, live};

#[test]
fn calls_end_while_somebody_looks() {
    const CALLS: u32 = if cfg!(miri) { 20 } else { 20_000 };
    let seen = AtomicBool::new(false);
    let call = |is_cancelled: bool| {
        let task = Task::new("brief", pending::<()>(), TestHost::default());
        assert!(task.poll_first().is_pending());
        if is_cancelled {
            assert_eq!(task.cancel(), Cancelled::Dropped);
        }
    };
    thread::scope(|scope| {
        let work = || {
            let mut n = 0;
            while n < CALLS || !seen.load(Relaxed) {
                call(n % 4 == 0);
                n += 1;
            }
        };
        let workers = [0, 1].map(|_| scope.spawn(work));
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            let all = live();
            seen.fetch_or(!all.is_empty(), Relaxed);
            // For as long as a cancel takes, it is running.
            let states = [LiveState::Waiting, LiveState::Running];
            let is_theirs = |call: &Live| call.name == "brief" && states.contains(&call.state);
            assert!(all.len() <= workers.len() && all.iter().all(is_theirs), "{all:?}");
        }
    });
    assert_eq!(live(), []);
}
