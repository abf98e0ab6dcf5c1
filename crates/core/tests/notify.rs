//! Notifications: their order, their bounds, and who hears of what they raise.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::thread;

use common::function::{Does, Function, signature};
use common::host::{Call, Loop, Place, elsewhere};
use ponton_core::host::function::Signature;
use ponton_core::host::notify::Notifier;
use ponton_core::host::{HostError, lane};
use ponton_core::task::{Outcome, Task};

signature!(Note, (), Sync);
signature!(Few, (), Sync, Block 4);
signature!(Zero, (), Sync, Block 0);
signature!(Lossy, (), Sync, DropOldest 2);
signature!(Latest, (), Sync, Coalesce 1);

/// Notifies from a worker, as part of `call`.
fn notify_all<S: Signature<Args = (u32,), Given = ()>>(
    call: &Call,
    f: &Notifier<S>,
    numbers: impl IntoIterator<Item = u32> + Send,
) {
    elsewhere(|| lane::within(Some(&call.as_lane()), || numbers.into_iter().for_each(|n| f.notify((n,)))));
}

fn boom(n: u32) -> HostError {
    HostError::new("Boom", n.to_string())
}

/// Raises when it gets `bad`.
fn raises_at(event_loop: &Loop, bad: u32) -> Notifier<Note> {
    Function::new(event_loop, move |n, _| Does::Gives(if n == bad { Err(boom(n)) } else { Ok(()) })).notifier()
}

fn calls(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("call {n}")).collect()
}

// ── order ───────────────────────────────────────────────────────────────────

#[test]
fn on_the_loops_thread_the_function_is_called_at_once() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), Function::<Note>::glad(&event_loop).notifier());
    lane::within(Some(&call.as_lane()), || f.notify((1,)));
    assert_eq!((event_loop.log(), event_loop.posts()), (calls([1]), 0));
}

#[test]
fn from_a_worker_they_come_in_order() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Note>::glad(&event_loop).notifier());
    notify_all(&call, &f, 0..100);
    assert!(event_loop.log().is_empty());
    assert_eq!(event_loop.turn(), 100);
    assert_eq!(event_loop.log(), calls(0..100));
}

#[test]
fn one_on_the_loops_thread_comes_after_those_that_wait() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), Function::<Note>::glad(&event_loop).notifier());
    notify_all(&call, &f, 0..3);
    lane::within(Some(&call.as_lane()), || f.notify((3,)));
    assert_eq!(event_loop.log(), calls(0..4));
    event_loop.turn();
    assert!(event_loop.log().is_empty(), "each one once");
}

#[test]
fn those_of_a_call_come_before_its_end() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Note>::glad(&event_loop).notifier());
    let task = Task::new("count", async move { (0..3).for_each(|n| f.notify((n,))) }, call.clone());
    task.start_elsewhere();
    elsewhere(|| call.run_due());
    event_loop.turn();
    assert_eq!(event_loop.log(), ["call 0", "call 1", "call 2", "settled ready"]);
}

#[test]
fn none_comes_after_the_end_of_its_call() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Note>::glad(&event_loop).notifier());
    notify_all(&call, &f, [1]);
    call.end();
    notify_all(&call, &f, [2]);
    event_loop.turn();
    assert!(event_loop.log().is_empty());
}

#[test]
fn code_that_no_call_owns_notifies_where_the_function_came_from() {
    let event_loop = Loop::here();
    let home = Call::on(&event_loop, Place::OnLoop).as_lane();
    let f = Function::<Note>::handed_over(&event_loop, Some(home), |_, _| Does::Gives(Ok(()))).notifier();
    elsewhere(|| f.notify((1,)));
    assert_eq!((event_loop.turn(), event_loop.log()), (1, calls([1])));
}

// ── bounds ──────────────────────────────────────────────────────────────────

/// Counts how many notifications had been made, and how many were delivered: the rest waits.
fn never_more_than_wait<S: Signature<Args = (u32,), Given = ()>>(capacity: usize, total: u32) {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnWorker);
    let (made, delivered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let f = Function::<S>::new(&event_loop, {
        let (made, delivered) = (Arc::clone(&made), Arc::clone(&delivered));
        move |_, _| {
            let made = made.load(SeqCst);
            let delivered = delivered.fetch_add(1, SeqCst) + 1;
            assert!(made <= delivered + capacity, "{} wait", made - delivered);
            Does::Gives(Ok(()))
        }
    })
    .notifier();
    thread::scope(|scope| {
        let (event_loop, made) = (&event_loop, &made);
        scope.spawn(move || {
            lane::within(Some(&call.as_lane()), || {
                for n in 0..total {
                    f.notify((n,));
                    made.fetch_add(1, SeqCst);
                    event_loop.ring();
                }
            });
        });
        // Not a turn before the worker has filled the queue.
        while made.load(SeqCst) < capacity {
            thread::yield_now();
        }
        event_loop.turn_until(|| delivered.load(SeqCst) == total as usize);
    });
    assert_eq!(event_loop.log(), calls(0..total), "nothing is lost");
}

#[test]
fn when_the_queue_is_full_the_thread_waits() {
    never_more_than_wait::<Few>(4, if cfg!(miri) { 20 } else { 200 });
}

#[test]
#[cfg_attr(miri, ignore = "two threads that spin for a thousand notifications")]
fn by_default_1024_wait() {
    never_more_than_wait::<Note>(1024, 2000);
}

#[test]
fn a_capacity_of_none_is_one() {
    never_more_than_wait::<Zero>(1, 50);
}

#[test]
fn the_oldest_gives_way() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Lossy>::glad(&event_loop).notifier());
    notify_all(&call, &f, 0..5);
    event_loop.turn();
    assert_eq!(event_loop.log(), calls([3, 4]));
}

#[test]
fn a_flood_of_which_the_oldest_give_way_does_not_fill_the_queue_of_the_loop() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Lossy>::glad(&event_loop).notifier());
    notify_all(&call, &f, 0..1000);
    assert_eq!(event_loop.turn(), 2, "errands");
    assert_eq!(event_loop.log(), calls([998, 999]));
    notify_all(&call, &f, [1000]);
    event_loop.turn();
    assert_eq!(event_loop.log(), calls([1000]));
}

#[test]
fn a_flood_from_two_calls_loses_neithers_errand() {
    let ours = Loop::here();
    let f = Function::<Lossy>::glad(&ours).notifier();
    let (one, two) = (Call::on(&ours, Place::OnWorker), Call::on(&ours, Place::OnWorker));
    notify_all(&one, &f, [1, 2]);
    notify_all(&two, &f, [3]);
    notify_all(&one, &f, [4]);
    ours.turn();
    assert_eq!(ours.log(), calls([3, 4]));
}

#[test]
fn only_the_newest_is_delivered() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Latest>::glad(&event_loop).notifier());
    notify_all(&call, &f, 0..1000);
    assert_eq!((event_loop.turn(), event_loop.log()), (1, calls([999])));
    notify_all(&call, &f, [1000]);
    assert_eq!((event_loop.turn(), event_loop.log()), (1, calls([1000])));
}

#[test]
fn the_newest_of_each_call_is_delivered() {
    let event_loop = Loop::here();
    let f = Function::<Latest>::glad(&event_loop).notifier();
    let (one, two) = (Call::on(&event_loop, Place::OnWorker), Call::on(&event_loop, Place::OnWorker));
    notify_all(&one, &f, [1, 2]);
    notify_all(&two, &f, [3, 4]);
    event_loop.turn();
    assert_eq!(event_loop.log(), calls([2, 4]));
}

/// A host may make the lane of a function anew each time that it is asked.
#[test]
fn the_newest_of_code_that_no_call_owns_is_delivered() {
    let event_loop = Loop::here();
    let f = Function::<Latest>::handed_over_anew(&event_loop).notifier();
    elsewhere(|| (0..1000).for_each(|n| f.notify((n,))));
    assert_eq!((event_loop.turn(), event_loop.log()), (1, calls([999])));
}

// ── a loop that goes away ───────────────────────────────────────────────────

#[test]
fn a_thread_that_waits_for_room_is_freed_when_the_loop_goes() {
    let event_loop = Loop::here();
    let call = Call::on(&event_loop, Place::OnWorker);
    let f = Function::<Zero>::glad(&event_loop);
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let f = f.notifier();
            lane::within(Some(&call.as_lane()), || (0..3).for_each(|n| f.notify((n,))));
        });
        while event_loop.posts() == 0 {
            thread::yield_now();
        }
        event_loop.close();
        worker.join().unwrap();
    });
    assert!(event_loop.log().is_empty());
    assert_eq!(f.holders(), 0, "nothing is left of them");
}

#[test]
fn a_loop_that_is_gone_hears_nothing() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), Function::<Note>::glad(&event_loop));
    event_loop.close();
    notify_all(&call, &f.notifier(), 0..if cfg!(miri) { 50 } else { 5000 });
    assert_eq!((event_loop.log().len(), f.holders()), (0, 0));
}

// ── exceptions ──────────────────────────────────────────────────────────────

#[test]
fn an_exception_in_the_poll_ends_the_call() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), raises_at(&event_loop, 1));
    let task = Task::new("count", async move { (0..3).for_each(|n| f.notify((n,))) }, call.clone());
    let Poll::Ready(Outcome::Raised(error)) = task.poll_first() else { panic!("it raised") };
    assert_eq!((error.message(), call.failures().len()), ("1", 0));
}

#[test]
fn an_exception_of_one_that_waited_ends_its_call_by_the_lane() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnWorker), raises_at(&event_loop, 1));
    notify_all(&call, &f, 0..3);
    event_loop.turn();
    assert_eq!(event_loop.log(), calls(0..3));
    assert_eq!(call.failures().iter().map(HostError::message).collect::<Vec<_>>(), ["1"]);
}

#[test]
fn an_exception_of_one_that_waited_is_its_own_calls_affair() {
    let event_loop = Loop::here();
    let (ours, theirs) = (Call::on(&event_loop, Place::OnLoop), Call::on(&event_loop, Place::OnWorker));
    let f = raises_at(&event_loop, 1);
    notify_all(&theirs, &f, [1]);
    let task = Task::new("two", async move { f.notify((2,)) }, ours.clone());
    assert_eq!(task.poll_first(), Poll::Ready(Outcome::Ready(())), "which delivers the other call's first");
    assert_eq!(event_loop.log(), calls([1, 2]));
    assert_eq!((theirs.failures().len(), ours.failures().len()), (1, 0));
}

#[test]
fn an_exception_of_one_that_waited_ends_the_poll_of_its_own_call() {
    let event_loop = Loop::here();
    let (call, f) = (Call::on(&event_loop, Place::OnLoop), raises_at(&event_loop, 1));
    notify_all(&call, &f, [1]);
    let task = Task::new("two", async move { f.notify((2,)) }, call.clone());
    assert!(matches!(task.poll_first(), Poll::Ready(Outcome::Raised(error)) if error.message() == "1"));
    assert!(call.failures().is_empty());
}

#[test]
fn an_exception_in_a_plain_call_is_told_at_its_end() {
    let event_loop = Loop::here();
    let home = Call::on(&event_loop, Place::OnLoop);
    let f =
        Function::<Note>::handed_over(&event_loop, Some(home.as_lane()), |n, _| Does::Gives(Err(boom(n)))).notifier();
    let (went_on, error) = lane::plain(|| {
        f.notify((1,));
        f.notify((2,));
        true
    });
    assert!(went_on);
    assert_eq!(error.expect("it raised").message(), "1", "the first");
    assert!(home.failures().is_empty());
    assert_eq!(event_loop.log(), calls([1]), "and no other after it");
    assert!(lane::plain(|| ()).1.is_none());
}

#[test]
fn without_a_loop_an_exception_is_told_at_the_end_of_the_plain_call() {
    let event_loop = Loop::here();
    let f = raises_at(&event_loop, 1);
    let ((), error) = lane::plain(|| (0..4).for_each(|n| f.notify((n,))));
    assert_eq!(error.expect("it raised").message(), "1");
    assert_eq!(event_loop.log(), calls([0, 1]));
}
