//! One task.

use std::sync::Arc;
use std::task::Poll;

use loom::thread;

use super::{End, Host, Probe, Seen, model};
use crate::task::{Cancelled, Outcome, Task};

type Probed = Arc<Task<Probe, Host>>;

fn fresh((probe, seen): (Probe, Arc<Seen>)) -> (Probed, Host, Arc<Seen>) {
    let host = Host::of(&seen);
    (Task::new("probe", probe, host.clone()), host, seen)
}

/// One that waits to be woken.
fn suspended(probe: (Probe, Arc<Seen>)) -> (Probed, Host, Arc<Seen>) {
    let (task, host, seen) = fresh(probe);
    assert!(task.poll_first().is_pending());
    (task, host, seen)
}

/// Somebody else's thread.
fn elsewhere<T: 'static>(body: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    thread::spawn(body)
}

/// It ended once: by the cancel, or by what the host was told. The future was dropped once, and before that was told.
fn assert_ended_once(host: &Host, seen: &Seen, cancelled: Cancelled, ends: &[End]) {
    let told = host.ends();
    match cancelled {
        Cancelled::Dropped => assert_eq!(told, [], "it was told twice"),
        Cancelled::Requested | Cancelled::TooLate => {
            assert_eq!(told.len(), 1, "{cancelled:?}: {told:?}");
            assert!(ends.contains(&told[0]), "{cancelled:?}: {told:?}");
        }
    }
    if cancelled == Cancelled::TooLate {
        assert_ne!(told, [End::Cancelled], "only a cancel that was heard cancels");
    }
    seen.assert_dropped();
}

#[test]
fn a_wake_during_the_first_poll_is_not_lost() {
    model(3, || {
        let (task, host, seen) = fresh(Probe::new());
        let worker = elsewhere({
            let (host, seen) = (host.clone(), Arc::clone(&seen));
            move || {
                seen.make_ready();
                seen.wake();
                host.run_due();
            }
        });
        let first = task.poll_first();
        host.run_due();
        worker.join().unwrap();
        let ends = host.ends();
        match first {
            Poll::Ready(outcome) => assert_eq!((outcome, ends), (Outcome::Ready(7), vec![])),
            Poll::Pending => assert_eq!(ends, [End::Ready]),
        }
        seen.assert_dropped();
    });
}

#[test]
fn a_wake_during_a_later_poll_is_not_lost() {
    model(3, || {
        let (task, host, seen) = suspended(Probe::new());
        task.start_elsewhere(); // as a wake would: one poll is due, which may find it not ready
        let worker = elsewhere({
            let (host, seen) = (host.clone(), Arc::clone(&seen));
            move || {
                seen.make_ready();
                seen.wake();
                host.run_due();
            }
        });
        host.run_due();
        worker.join().unwrap();
        assert_eq!(host.ends(), [End::Ready]);
        assert!(seen.polls() <= 3, "a wake is worth one poll");
        seen.assert_dropped();
    });
}

#[test]
fn two_wakes_are_one_end() {
    model(3, || {
        let (_task, host, seen) = suspended(Probe::new());
        seen.make_ready();
        let waker = seen.waker.lock().unwrap().clone().unwrap();
        let workers = [waker.clone(), waker].map(|waker| {
            let host = host.clone();
            elsewhere(move || {
                waker.wake();
                host.run_due();
            })
        });
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(host.ends(), [End::Ready]);
        assert_eq!(seen.polls(), 2);
        seen.assert_dropped();
    });
}

#[test]
fn a_cancel_before_or_during_the_first_poll() {
    model(3, || {
        let (task, host, seen) = fresh(Probe::new());
        seen.make_ready();
        task.start_elsewhere();
        let worker = elsewhere({
            let host = host.clone();
            move || host.run_due()
        });
        let cancelled = task.cancel();
        worker.join().unwrap();
        assert_ended_once(&host, &seen, cancelled, &[End::Ready]);
    });
}

/// The host's own thread polls, and another cancels in the middle of that.
#[test]
fn a_cancel_during_the_hosts_first_poll() {
    for ready in [false, true] {
        model(3, move || {
            let (slot, thread) = (Arc::<Slot<Probed>>::default(), Arc::<Slot<_>>::default());
            let (task, host, seen) = fresh(Probe::with({
                let (slot, thread) = (Arc::clone(&slot), Arc::clone(&thread));
                move |_| {
                    let task = slot.lock().unwrap().take().unwrap();
                    *thread.lock().unwrap() = Some(elsewhere(move || task.cancel()));
                }
            }));
            if ready {
                seen.make_ready();
            }
            *slot.lock().unwrap() = Some(Arc::clone(&task));
            let first = task.poll_first();
            let cancelled = thread.lock().unwrap().take().unwrap().join().unwrap();
            match (first, cancelled) {
                (Poll::Ready(Outcome::Ready(7)), Cancelled::Requested | Cancelled::TooLate) => assert!(ready),
                (Poll::Ready(Outcome::Cancelled), Cancelled::Requested) | (Poll::Pending, Cancelled::Dropped) => {
                    assert!(!ready);
                }
                (first, cancelled) => panic!("{first:?} {cancelled:?}"),
            }
            assert_eq!(host.ends(), [], "what the first poll or the cancel answers is told to nobody else");
            seen.assert_dropped();
        });
    }
}

#[test]
fn a_cancel_meets_a_wake_and_the_poll_that_follows() {
    for ready in [false, true] {
        model(3, move || {
            let (task, host, seen) = suspended(Probe::new());
            let worker = elsewhere({
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
            worker.join().unwrap();
            assert_ended_once(&host, &seen, cancelled, &[if ready { End::Ready } else { End::Cancelled }]);
        });
    }
}

#[test]
fn two_cancels_and_a_poll() {
    for ready in [false, true] {
        model(2, move || {
            let (task, host, seen) = suspended(Probe::new());
            if ready {
                seen.make_ready();
            }
            seen.wake();
            let cancellers = [0, 1].map(|_| {
                let task = Arc::clone(&task);
                elsewhere(move || task.cancel())
            });
            host.run_due();
            let cancelled = cancellers.map(|canceller| canceller.join().unwrap());
            let dropped = cancelled.iter().filter(|cancelled| **cancelled == Cancelled::Dropped).count();
            assert!(dropped <= 1, "{cancelled:?}");
            let end = if ready { End::Ready } else { End::Cancelled };
            assert_eq!(host.ends(), vec![end; 1 - dropped], "{cancelled:?}");
            seen.assert_dropped();
        });
    }
}

#[test]
fn two_cancels_of_an_idle_task() {
    model(3, || {
        let (task, host, seen) = suspended(Probe::new());
        let other = elsewhere({
            let (task, seen) = (Arc::clone(&task), Arc::clone(&seen));
            move || cancel_and_look(&task, &seen)
        });
        let cancelled = [cancel_and_look(&task, &seen), other.join().unwrap()];
        assert_eq!(cancelled.iter().filter(|cancelled| **cancelled == Cancelled::Dropped).count(), 1, "{cancelled:?}");
        assert_eq!(host.ends(), []);
    });
}

/// Whoever hears that the future was dropped finds it dropped.
fn cancel_and_look(task: &Probed, seen: &Seen) -> Cancelled {
    let cancelled = task.cancel();
    if cancelled == Cancelled::Dropped {
        seen.assert_dropped();
    }
    cancelled
}

#[test]
fn an_abort_meets_a_cancel() {
    model(3, || {
        let (task, host, seen) = suspended(Probe::new());
        seen.wake();
        let executor = elsewhere({
            let host = host.clone();
            move || drop(host.next())
        });
        let cancelled = cancel_and_look(&task, &seen);
        executor.join().unwrap();
        // The other was heard first, and tells.
        assert_ended_once(&host, &seen, cancelled, &[End::Aborted]);
    });
}

#[test]
fn an_abort_meets_wakes() {
    model(3, || {
        let (_task, host, seen) = suspended(Probe::new());
        let waker = seen.waker.lock().unwrap().clone().unwrap();
        seen.wake();
        let executor = elsewhere({
            let host = host.clone();
            move || drop(host.next())
        });
        waker.wake_by_ref();
        waker.wake();
        executor.join().unwrap();
        assert_eq!(host.ends(), [End::Aborted]);
        assert_eq!(seen.polls(), 1);
        seen.assert_dropped();
    });
}

#[test]
fn a_panic_meets_a_cancel() {
    model(3, || {
        let (task, host, seen) = suspended(Probe::with(|before| {
            if before > 0 {
                std::panic::resume_unwind(Box::new("in the poll"));
            }
        }));
        seen.wake();
        let worker = elsewhere({
            let host = host.clone();
            move || host.run_due()
        });
        let cancelled = cancel_and_look(&task, &seen);
        worker.join().unwrap();
        assert_ended_once(&host, &seen, cancelled, &[End::Panicked]);
    });
}

/// A ready task whose outcome the host leaves to others.
fn left_to_others() -> (Probed, Host, Arc<Seen>) {
    let (probe, seen) = Probe::new();
    let host = Host::new(&seen, true, false);
    let task = Task::new("probe", probe, host.clone());
    seen.make_ready();
    task.start_elsewhere();
    (task, host, seen)
}

#[test]
fn an_outcome_is_taken_once() {
    model(3, || {
        let (task, host, seen) = left_to_others();
        host.run_due();
        let takers = [0, 1].map(|_| {
            let task = Arc::clone(&task);
            elsewhere(move || task.take_outcome())
        });
        let taken = takers.map(|taker| taker.join().unwrap());
        assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [Outcome::Ready(7)]);
        seen.assert_dropped();
    });
}

#[test]
fn an_outcome_is_taken_when_it_is_there() {
    model(3, || {
        let (task, host, seen) = left_to_others();
        let worker = elsewhere(move || host.run_due());
        let early = task.take_outcome();
        if early.is_some() {
            seen.assert_dropped();
        }
        worker.join().unwrap();
        let taken: Vec<_> = early.into_iter().chain(task.take_outcome()).collect();
        assert_eq!(taken, [Outcome::Ready(7)]);
    });
}

type Slot<T> = std::sync::Mutex<Option<T>>;
