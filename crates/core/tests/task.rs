//! The task state machine, by counting polls, wakes and drops.

mod common;

use std::sync::{Arc, Mutex, OnceLock};
use std::task::Poll;

use common::{Probe, Seen, TestHost};
use ponton_core::task::{Cancelled, Habit, Outcome, Task};

#[test]
fn nothing_runs_before_the_first_poll() {
    let host = TestHost::default();
    let (probe, seen) = Probe::new();
    let task = Task::new("probe", probe, host.clone());
    assert_eq!((seen.polls(), seen.drops(), host.queued()), (0, 0, 0));
    drop(task);
    assert_eq!((seen.polls(), seen.drops(), host.queued()), (0, 1, 0));
}

#[test]
fn ready_at_the_first_poll_is_handed_over_at_once() {
    let host = TestHost::default();
    let (probe, seen) = Probe::new();
    seen.make_ready();
    let task = Task::new("probe", probe, host.clone());
    assert_eq!(task.poll_first(), Poll::Ready(Outcome::Ready(7)));
    assert_eq!((seen.polls(), seen.drops()), (1, 1), "the future is dropped when it is ready");
    assert!(host.completed().is_empty(), "nobody needs to be told");
}

#[test]
fn pending_goes_on_when_woken_and_completes_once() {
    let host = TestHost::default();
    let (probe, seen) = Probe::new();
    let task = Task::new("probe", probe, host.clone());
    assert!(task.poll_first().is_pending());
    assert_eq!(host.queued(), 0, "no wake, no job");
    seen.waker().wake_by_ref();
    seen.waker().wake();
    assert_eq!(host.queued(), 1, "two wakes, one job");
    assert_eq!(host.run_due(), 1);
    assert_eq!((seen.polls(), host.queued()), (2, 0));
    seen.make_ready();
    seen.waker().wake();
    assert_eq!(host.run_due(), 1);
    assert_eq!((seen.polls(), seen.drops(), host.completed()), (3, 1, vec!["ready"]));
    seen.waker().wake();
    assert_eq!((host.queued(), task.cancel()), (0, Cancelled::TooLate), "a finished task is quiet");
}

#[test]
fn a_wake_during_the_poll_is_not_lost() {
    let host = TestHost::default();
    let (probe, seen) = Probe::with(|_, cx| cx.waker().wake_by_ref());
    let task = Task::new("probe", probe, host.clone());
    assert!(task.poll_first().is_pending());
    assert_eq!(host.queued(), 1);
    seen.make_ready();
    host.run_due();
    assert_eq!((seen.polls(), host.completed(), host.queued()), (2, vec!["ready"], 0));
}

#[test]
fn started_elsewhere_it_is_never_polled_here() {
    let host = TestHost::default();
    let (probe, seen) = Probe::new();
    seen.make_ready();
    let task = Task::new("probe", probe, host.clone());
    task.start_elsewhere();
    task.start_elsewhere();
    assert_eq!((seen.polls(), host.queued()), (0, 1));
    host.run_due();
    assert_eq!(host.completed(), ["ready"]);
}

#[test]
fn cancel_drops_a_suspended_future_on_the_spot() {
    let host = TestHost::default();
    let (probe, seen) = Probe::new();
    let task = Task::new("probe", probe, host.clone());
    assert!(task.poll_first().is_pending());
    assert_eq!(task.cancel(), Cancelled::Dropped);
    assert_eq!(seen.drops(), 1);
    assert_eq!(task.cancel(), Cancelled::TooLate);
    seen.waker().wake();
    assert_eq!((host.queued(), host.completed().len(), seen.drops()), (0, 0, 1));
}

#[test]
fn cancel_before_the_first_poll_drops_too() {
    let (probe, seen) = Probe::new();
    let task = Task::new("probe", probe, TestHost::default());
    assert_eq!(task.cancel(), Cancelled::Dropped);
    assert_eq!((seen.polls(), seen.drops()), (0, 1));
}

#[test]
fn cancel_of_a_queued_job_leaves_the_job_without_effect() {
    let host = TestHost::default();
    let (probe, seen) = Probe::new();
    let task = Task::new("probe", probe, host.clone());
    assert!(task.poll_first().is_pending());
    seen.waker().wake();
    assert_eq!(task.cancel(), Cancelled::Dropped);
    assert_eq!(host.run_due(), 1);
    assert_eq!((seen.polls(), seen.drops(), host.completed().len()), (1, 1, 0));
}

#[test]
fn cancel_during_a_poll_takes_effect_when_it_returns() {
    type Slot = Arc<Mutex<Option<Box<dyn Fn() -> Cancelled + Send>>>>;
    let host = TestHost::default();
    let cancel: Slot = Arc::default();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let (probe, seen) = Probe::with({
        let (cancel, answers) = (Arc::clone(&cancel), Arc::clone(&answers));
        move |seen, _| {
            if seen.polls() == 2 {
                let answer = (cancel.lock().unwrap().as_ref().unwrap())();
                answers.lock().unwrap().push(answer);
            }
        }
    });
    let task = Task::new("probe", probe, host.clone());
    let weak = Arc::downgrade(&task);
    *cancel.lock().unwrap() = Some(Box::new(move || weak.upgrade().unwrap().cancel()));
    assert!(task.poll_first().is_pending());
    seen.waker().wake();
    host.run_due();
    assert_eq!(*answers.lock().unwrap(), [Cancelled::Requested]);
    assert_eq!((seen.drops(), host.completed()), (1, vec!["cancelled"]));
}

#[test]
fn a_result_beats_a_cancel_made_during_its_poll() {
    type Slot = Arc<Mutex<Option<Box<dyn Fn() -> Cancelled + Send>>>>;
    let host = TestHost::default();
    let cancel: Slot = Arc::default();
    let (probe, seen) = Probe::with({
        let cancel = Arc::clone(&cancel);
        move |seen, _| {
            if seen.polls() == 2 {
                (cancel.lock().unwrap().as_ref().unwrap())();
                seen.make_ready();
            }
        }
    });
    let task = Task::new("probe", probe, host.clone());
    let weak = Arc::downgrade(&task);
    *cancel.lock().unwrap() = Some(Box::new(move || weak.upgrade().unwrap().cancel()));
    assert!(task.poll_first().is_pending());
    seen.waker().wake();
    host.run_due();
    assert_eq!(host.completed(), ["ready"]);
}

#[test]
fn a_job_that_is_dropped_aborts_its_task() {
    let host = TestHost::default();
    let (probe, seen) = Probe::new();
    let task = Task::new("probe", probe, host.clone());
    assert!(task.poll_first().is_pending());
    seen.waker().wake();
    host.drop_due();
    assert_eq!((seen.drops(), host.completed()), (1, vec!["aborted"]));
}

#[test]
fn panics_are_outcomes() {
    let host = TestHost::default();
    let (probe, seen) = Probe::with(|seen, _| assert!(seen.polls() < 2, "second poll"));
    let task = Task::new("probe", probe, host.clone());
    assert!(task.poll_first().is_pending());
    seen.waker().wake();
    host.run_due();
    assert_eq!((seen.drops(), host.completed()), (1, vec!["panicked"]));

    let first = Task::new("first", async { panic!("at once: {}", 1) as u32 }, TestHost::default());
    match first.poll_first() {
        Poll::Ready(Outcome::Panicked(panic)) => assert_eq!(panic.message, "at once: 1"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_destructor_that_panics_is_an_outcome_too() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in the destructor");
        }
    }
    let future = || {
        let bomb = Bomb;
        async move {
            let _bomb = bomb;
            std::future::pending::<u32>().await
        }
    };
    let host = TestHost::default();
    let task = Task::new("bomb", future(), host.clone());
    assert!(task.poll_first().is_pending());
    assert_eq!(task.cancel(), Cancelled::Requested, "the caller is not blown up");
    assert_eq!(host.run_due(), 1);
    assert_eq!(host.completed(), ["panicked"], "the awaiter hears of it");
    drop(Task::new("bomb", future(), TestHost::default()));
}

/// Miri looks at what the task may do with it.
#[test]
fn a_future_may_borrow_from_itself() {
    struct Doubles<'a>(&'a mut u32, Arc<Mutex<Vec<u32>>>);
    impl Drop for Doubles<'_> {
        fn drop(&mut self) {
            *self.0 *= 2;
            self.1.lock().unwrap().push(*self.0);
        }
    }
    let dropped = Arc::new(Mutex::new(Vec::new()));
    let start = || {
        let (probe, seen) = Probe::new();
        let (host, dropped) = (TestHost::default(), Arc::clone(&dropped));
        let future = async move {
            let (mut probe, mut count) = (probe, 1);
            let doubles = Doubles(&mut count, dropped);
            *doubles.0 += (&mut probe).await;
        };
        let task = Task::new("borrows", future, host.clone());
        assert!(task.poll_first().is_pending());
        seen.waker().wake();
        host.run_due();
        (task, host, seen)
    };
    let (_task, host, seen) = start();
    seen.make_ready();
    seen.waker().wake();
    host.run_due();
    assert_eq!(host.completed(), ["ready"]);
    let (task, ..) = start();
    assert_eq!(task.cancel(), Cancelled::Dropped);
    assert_eq!(*dropped.lock().unwrap(), [16, 2]);
}

#[test]
fn wakes_and_cancels_from_many_threads_end_each_task_once() {
    for round in 0..if cfg!(miri) { 20 } else { 200 } {
        let host = TestHost::default();
        let (probe, seen) = Probe::new();
        let task = Task::new("probe", probe, host.clone());
        assert!(task.poll_first().is_pending());
        let waker = seen.waker();
        let dropped = std::thread::scope(|scope| {
            scope.spawn(|| waker.wake_by_ref());
            scope.spawn(|| {
                if round % 2 == 0 {
                    seen.make_ready();
                }
                waker.wake_by_ref();
                host.run_due();
            });
            let canceller = scope.spawn(|| task.cancel());
            canceller.join().unwrap()
        });
        host.run_due();
        let ends = host.completed().len() + usize::from(dropped == Cancelled::Dropped);
        assert_eq!((ends, seen.drops()), (1, 1), "round {round}: {dropped:?} {:?}", host.completed());
    }
}

#[test]
fn a_local_task_refuses_other_threads() {
    let host = TestHost::default();
    let rc = std::rc::Rc::new(1);
    let task = Task::local("local", async move { *rc }, host);
    std::thread::scope(|scope| {
        let elsewhere = scope.spawn(|| task.cancel()).join();
        assert!(elsewhere.is_err(), "a local task was cancelled from another thread");
    });
    assert_eq!(task.poll_first(), Poll::Ready(Outcome::Ready(1)));
}

#[test]
fn a_local_future_dropped_elsewhere_is_leaked_not_touched() {
    // What is leaked is all here, so that Miri takes it for kept.
    static LEAKED: OnceLock<Arc<Seen>> = OnceLock::new();
    let (probe, seen) = Probe::new();
    let task = Task::local("local", probe, TestHost::default());
    std::thread::spawn(move || drop(task)).join().unwrap();
    assert_eq!(seen.drops(), 0);
    LEAKED.set(seen).unwrap_or_else(|_| unreachable!());
}

#[test]
#[cfg_attr(miri, ignore = "a million notes")]
fn a_habit_is_learnt_from_short_polls_and_lost_by_long_ones() {
    let habit = Habit::new();
    assert!(!habit.is_short(), "nothing is known");
    habit.note(3);
    assert!(habit.is_short());
    habit.note(100_000);
    assert!(!habit.is_short(), "one long poll costs what it took");
    let mut paid = 0_u64;
    while !habit.is_short() {
        habit.note(0);
        paid += 1;
    }
    assert!((20_000..50_000).contains(&paid), "{paid} short polls make up for 100 ms");
    (0..100_000).for_each(|_| habit.note(0));
    habit.note(2_000);
    assert!(!habit.is_short(), "what is saved up is bounded");
    habit.note(u64::MAX);
    habit.note(u64::MAX);
    let recovers = (0..1_000_000).any(|_| {
        habit.note(1);
        habit.is_short()
    });
    assert!(recovers, "so is the debt");
}
