//! The completion queue.

use std::future::Future;
use std::sync::Arc;

use loom::thread;

use super::{End, Probe, Seen, model};
use crate::module::Return;
use crate::queue::{Budget, LoopQueue};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::task::{Cancelled, Job, Task, TaskHost};

type Wake = Box<dyn Fn() + Send + Sync>;

/// No clock: every run of a model must be the same.
const BUDGET: Budget = Budget { items: 16, micros: u64::MAX };

/// A queue, and how many of its wakes nobody has answered yet. That count orders nothing: what a loop sees after a wake, it
/// sees by what the queue does.
struct Loop<T> {
    queue: LoopQueue<T, Wake>,
    due: Arc<AtomicUsize>,
}

impl<T> Loop<T> {
    fn new() -> Arc<Self> {
        let due = Arc::new(AtomicUsize::new(0));
        let wakes = Arc::clone(&due);
        let wake: Wake = Box::new(move || {
            wakes.fetch_add(1, Ordering::Relaxed);
        });
        Arc::new(Self { queue: LoopQueue::new(wake), due })
    }

    /// Drains once for each wake.
    fn turn(&self, each: impl FnMut(T)) {
        self.turn_within(BUDGET, each);
    }

    fn turn_within(&self, budget: Budget, mut each: impl FnMut(T)) {
        while self.due.load(Ordering::Relaxed) > 0 {
            self.due.fetch_sub(1, Ordering::Relaxed);
            self.queue.drain(budget, &mut each);
        }
    }
}

fn pusher<T: 'static>(to: &Arc<Loop<T>>, items: impl IntoIterator<Item = T> + 'static) -> thread::JoinHandle<Vec<T>> {
    let to = Arc::clone(to);
    thread::spawn(move || items.into_iter().filter_map(|item| to.queue.push(item).err()).collect())
}

#[test]
fn pushes_and_drains_lose_nothing_and_leave_nobody_waiting() {
    model(3, || {
        let main = Loop::new();
        let pushers = [pusher(&main, [10, 11]), pusher(&main, [20])];
        let mut got = Vec::new();
        main.turn(|item| got.push(item));
        for pusher in pushers {
            assert!(pusher.join().unwrap().is_empty());
        }
        // Whoever was woken drains. Nothing may be left then, though nobody pushes any more.
        main.turn(|item| got.push(item));
        let first: Vec<_> = got.iter().copied().filter(|item| *item < 20).collect();
        assert_eq!(first, [10, 11], "one thread's items keep their order");
        got.sort_unstable();
        assert_eq!(got, [10, 11, 20]);
        assert!(main.queue.is_empty());
    });
}

/// Of items that are there together only the first wakes.
#[test]
fn a_batch_is_one_wake() {
    model(3, || {
        let main = Loop::new();
        let pushers = [pusher(&main, [1]), pusher(&main, [2])];
        for pusher in pushers {
            pusher.join().unwrap();
        }
        assert_eq!(main.due.load(Ordering::Relaxed), 1);
        main.turn(drop);
        assert!(main.queue.is_empty());
    });
}

/// A loop that has attended drains although there may be nothing. A push meanwhile has woken it, or is drained.
#[test]
fn attending() {
    model(4, || {
        let main = Loop::new();
        let other = pusher(&main, [1, 2]);
        let mut got = Vec::new();
        if main.queue.attend() {
            main.queue.drain(BUDGET, |item| got.push(item));
        }
        main.turn(|item| got.push(item));
        other.join().unwrap();
        main.turn(|item| got.push(item));
        assert_eq!(got, [1, 2]);
    });
}

#[test]
fn a_drain_of_one_item_asks_for_the_rest() {
    model(3, || {
        let main = Loop::new();
        let other = pusher(&main, [1, 2]);
        let mut got = Vec::new();
        let one = Budget { items: 1, ..BUDGET };
        main.turn_within(one, |item| got.push(item));
        other.join().unwrap();
        main.turn_within(one, |item| got.push(item));
        assert_eq!(got, [1, 2]);
    });
}

#[test]
fn a_drain_that_panics_strands_nothing() {
    model(3, || {
        let main = Loop::new();
        let other = pusher(&main, [1, 2]);
        let mut got = Vec::new();
        let mut turn = || {
            while main.due.load(Ordering::Relaxed) > 0 {
                let turn = || {
                    main.turn(|item| {
                        got.push(item);
                        std::panic::resume_unwind(Box::new("in the drain"));
                    });
                };
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(turn));
            }
        };
        turn();
        other.join().unwrap();
        turn();
        assert_eq!(got, [1, 2]);
    });
}

/// An item is handed over, or a push gives it back: this one's, or one that came at the same time.
#[test]
fn closing_meets_pushes() {
    model(3, || {
        let main = Loop::new();
        let pushers = [pusher(&main, [1]), pusher(&main, [2])];
        let mut ended = Vec::new();
        main.queue.close(|item| ended.push(item));
        for pusher in pushers {
            ended.extend(pusher.join().unwrap());
        }
        ended.sort_unstable();
        assert_eq!(ended, [1, 2], "each ended once");
        assert!(main.queue.is_empty());
    });
}

/// The loop is drained once more, for a wake that came before, while it closes on another thread.
#[test]
fn closing_meets_a_drain_and_a_push() {
    model(2, || {
        let main = Loop::new();
        main.queue.push(1).unwrap();
        let other = pusher(&main, [2]);
        let closer = thread::spawn({
            let main = Arc::clone(&main);
            move || {
                let mut ended = Vec::new();
                main.queue.close(|item| ended.push(item));
                ended
            }
        });
        let mut ended = Vec::new();
        main.queue.drain(BUDGET, |item| ended.push(item));
        ended.extend(closer.join().unwrap());
        ended.extend(other.join().unwrap());
        ended.sort_unstable();
        assert_eq!(ended, [1, 2]);
    });
}

/// Takes the outcome on the loop's thread.
type Settle = Box<dyn FnOnce() -> End + Send>;

/// A host as those of Python and Node are: what ends is queued for the loop.
struct Settling {
    to: Arc<Loop<Settle>>,
    jobs: loom::sync::Mutex<Option<Job>>,
    seen: Arc<Seen>,
}

impl TaskHost for Arc<Settling> {
    type Guard = ();
    fn enter(&self) {}
    fn schedule(&self, job: Job) {
        let before = self.jobs.lock().unwrap().replace(job);
        assert!(before.is_none(), "one task has one job at a time");
    }
    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let to = Arc::clone(&task.host().to);
        let settle: Settle = Box::new(move || {
            let outcome = task.take_outcome().expect("nobody has taken it");
            task.host().seen.assert_dropped();
            End::of(&outcome)
        });
        assert!(to.queue.push(settle).is_ok());
    }
}

/// The loop cancels while the completion is on its way, is queued, is drained. One of the two is told, once.
#[test]
fn a_cancel_meets_a_completion_on_its_way() {
    for ready in [false, true] {
        model(3, move || {
            let main = Loop::<Settle>::new();
            let (probe, seen) = Probe::new();
            let host = Arc::new(Settling {
                to: Arc::clone(&main),
                jobs: loom::sync::Mutex::new(None),
                seen: Arc::clone(&seen),
            });
            let task = Task::new("probe", probe, Arc::clone(&host));
            assert!(task.poll_first().is_pending());
            let worker = thread::spawn({
                let (host, seen) = (Arc::clone(&host), Arc::clone(&seen));
                move || {
                    if ready {
                        seen.make_ready();
                    }
                    seen.wake();
                    let job = host.jobs.lock().unwrap().take();
                    job.into_iter().for_each(Job::run);
                }
            });
            let mut told = Vec::new();
            main.turn(|settle| told.push(settle()));
            let cancelled = task.cancel();
            main.turn(|settle| told.push(settle()));
            worker.join().unwrap();
            main.turn(|settle| told.push(settle()));
            match (cancelled, &told[..]) {
                (Cancelled::Dropped, []) => {}
                (Cancelled::Requested, [End::Cancelled]) => assert!(!ready),
                (Cancelled::Requested | Cancelled::TooLate, [End::Ready]) => assert!(ready),
                wrong => panic!("{wrong:?}"),
            }
            seen.assert_dropped();
        });
    }
}
