//! One task whose future leaves work behind when it is dropped.

use std::sync::Arc;

use loom::thread;

use super::{End, Host, Probe, Seen, model};
use crate::task::{Cancelled, Task};

type Probed = Arc<Task<Probe, Host>>;

/// One that waits to be woken.
fn suspended() -> (Probed, Host, Arc<Seen>) {
    let (probe, seen) = Probe::leaving();
    let host = Host::new(&seen, false, true);
    let task = Task::new("probe", probe, host.clone());
    assert!(task.poll_first().is_pending());
    (task, host, seen)
}

/// The work is done, and the end told after it, whoever is first.
#[test]
fn a_cancel_meets_a_wake_and_the_poll_that_follows() {
    for ready in [false, true] {
        model(2, move || {
            let (task, host, seen) = suspended();
            let worker = thread::spawn({
                let (host, seen) = (host.clone(), Arc::clone(&seen));
                move || {
                    if ready {
                        seen.make_ready();
                    }
                    seen.wake();
                    host.run_due();
                }
            });
            let cancelled = task.cancel();
            host.run_due();
            worker.join().unwrap();
            let told = host.ends();
            match (cancelled, &told[..]) {
                (Cancelled::Requested, [End::Cancelled]) => {}
                (Cancelled::Requested | Cancelled::TooLate, [End::Ready]) => assert!(ready),
                wrong => panic!("{wrong:?}"),
            }
            assert_eq!(seen.work(), (1, 0));
        });
    }
}

/// The second one may come while the work goes on, and does not stop it.
#[test]
fn two_cancels() {
    model(3, || {
        let (task, host, seen) = suspended();
        let other = thread::spawn({
            let (task, host) = (Arc::clone(&task), host.clone());
            move || {
                let cancelled = task.cancel();
                host.run_due();
                cancelled
            }
        });
        let cancelled = [task.cancel(), other.join().unwrap()];
        assert!(!cancelled.contains(&Cancelled::Dropped), "{cancelled:?}");
        assert!(cancelled.contains(&Cancelled::Requested), "{cancelled:?}");
        assert_eq!(host.ends(), [End::Cancelled]);
        assert_eq!(seen.work(), (1, 0));
    });
}

/// An executor that shuts down drops the job that was due, and those that come. The work is given away, once.
#[test]
fn an_abort_meets_a_cancel() {
    model(3, || {
        let (task, host, seen) = suspended();
        seen.wake();
        let executor = thread::spawn({
            let host = host.clone();
            move || drop(host.next())
        });
        let cancelled = task.cancel();
        executor.join().unwrap();
        while let Some(job) = host.next() {
            drop(job);
        }
        let told = host.ends();
        match (cancelled, &told[..]) {
            (Cancelled::Requested, [End::Cancelled | End::Aborted]) | (Cancelled::TooLate, [End::Aborted]) => {}
            wrong => panic!("{wrong:?}"),
        }
        assert_eq!(seen.work(), (0, 1));
    });
}

/// The executor gives up while the work goes on.
#[test]
fn an_abort_meets_the_work() {
    model(3, || {
        let (task, host, seen) = suspended();
        assert_eq!(task.cancel(), Cancelled::Requested);
        let worker = thread::spawn({
            let host = host.clone();
            move || host.next().into_iter().for_each(crate::task::Job::run)
        });
        drop(host.next());
        worker.join().unwrap();
        assert_eq!(host.ends(), [End::Cancelled]);
        let (done, given_away) = seen.work();
        assert_eq!(done + given_away, 1);
    });
}
