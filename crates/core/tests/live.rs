//! The list of calls in flight, looked at while they come and go on other threads.

mod common;

use std::future::pending;
use std::thread;

use common::TestHost;
use ponton_core::task::{Cancelled, Live, LiveState, Task, live};

#[test]
fn calls_end_while_somebody_looks() {
    const CALLS: u32 = if cfg!(miri) { 20 } else { 20_000 };
    let call = |is_cancelled: bool| {
        let task = Task::new("brief", pending::<()>(), TestHost::default());
        assert!(task.poll_first().is_pending());
        if is_cancelled {
            assert_eq!(task.cancel(), Cancelled::Dropped);
        }
    };
    let most = thread::scope(|scope| {
        let workers = [0, 1].map(|_| scope.spawn(|| (0..CALLS).for_each(|n| call(n % 4 == 0))));
        let mut most = 0;
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            let all = live();
            // For as long as a cancel takes, it is running.
            let states = [LiveState::Waiting, LiveState::Running];
            let is_theirs = |call: &Live| call.name == "brief" && states.contains(&call.state);
            assert!(all.len() <= workers.len() && all.iter().all(is_theirs), "{all:?}");
            most = most.max(all.len());
        }
        most
    });
    assert!(most > 0, "none was seen");
    assert_eq!(live(), []);
}
