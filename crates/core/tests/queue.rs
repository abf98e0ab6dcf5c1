//! The completion queue: one wake per batch, bounded drains, nothing lost.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use ponton_core::queue::{Budget, LoopQueue};

#[test]
fn one_wake_per_batch() {
    let wakes = AtomicUsize::new(0);
    let queue = LoopQueue::new(|| {
        wakes.fetch_add(1, SeqCst);
    });
    for i in 0..10 {
        queue.push(i).unwrap();
    }
    assert_eq!(wakes.load(SeqCst), 1);
    let mut got = Vec::new();
    queue.drain(Budget::default(), |i| got.push(i));
    assert_eq!(got, (0..10).collect::<Vec<_>>());
    queue.push(10).unwrap();
    assert_eq!(wakes.load(SeqCst), 2, "the next batch wakes again");
}

#[test]
fn a_drain_is_bounded_and_asks_for_another() {
    let wakes = AtomicUsize::new(0);
    let queue = LoopQueue::new(|| {
        wakes.fetch_add(1, SeqCst);
    });
    (0..10).for_each(|i| queue.push(i).unwrap());
    let mut got = Vec::new();
    queue.drain(Budget { items: 4, ..Budget::default() }, |i| got.push(i));
    assert_eq!((got.len(), wakes.load(SeqCst)), (4, 2));
    queue.drain(Budget::default(), |i| got.push(i));
    assert_eq!((got.len(), wakes.load(SeqCst)), (10, 2));
}

#[test]
fn a_panic_in_a_drain_does_not_strand_the_rest() {
    let wakes = AtomicUsize::new(0);
    let queue = LoopQueue::new(|| {
        wakes.fetch_add(1, SeqCst);
    });
    (0..3).for_each(|i| queue.push(i).unwrap());
    let drain = || queue.drain(Budget::default(), |i| assert_ne!(i, 1));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(drain)).is_err());
    assert_eq!(wakes.load(SeqCst), 2);
    let mut left = Vec::new();
    queue.drain(Budget::default(), |i| left.push(i));
    assert_eq!(left, [2]);
}

#[test]
fn what_is_pushed_during_a_drain_waits_for_the_next() {
    let queue = LoopQueue::new(|| {});
    queue.push(0).unwrap();
    let mut got = Vec::new();
    queue.drain(Budget::default(), |i| {
        got.push(i);
        queue.push(i + 1).unwrap();
    });
    assert_eq!(got, [0]);
}

#[test]
fn many_threads_lose_nothing() {
    const EACH: usize = if cfg!(miri) { 25 } else { 1000 };
    let queue = LoopQueue::new(|| {});
    let mut sum = 0_usize;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..EACH).for_each(|i| queue.push(i).unwrap()));
        }
    });
    let mut count = 0;
    while count < 4 * EACH {
        queue.drain(Budget { items: 100, ..Budget::default() }, |i: usize| {
            sum += i;
            count += 1;
        });
    }
    assert_eq!(sum, 4 * (0..EACH).sum::<usize>());
}

#[test]
fn a_closed_queue_gives_items_back() {
    let queue = LoopQueue::new(|| {});
    queue.push(1).unwrap();
    let mut left = Vec::new();
    queue.close(|i| left.push(i));
    assert_eq!(left, [1]);
    assert_eq!(queue.push(2), Err(2));
    assert!(queue.is_closed());
}

#[test]
fn closing_while_others_push_strands_nothing() {
    for _ in 0..if cfg!(miri) { 10 } else { 500 } {
        let queue = LoopQueue::new(|| {});
        let ended = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for i in 0..20 {
                        if queue.push(i).is_err() {
                            ended.fetch_add(1, SeqCst);
                        }
                    }
                });
            }
            scope.spawn(|| {
                queue.close(|_| {
                    ended.fetch_add(1, SeqCst);
                });
            });
        });
        assert_eq!(ended.load(SeqCst), 40);
    }
}
