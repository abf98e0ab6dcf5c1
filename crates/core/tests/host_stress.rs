//! The second lane under real threads: everything is started, answered, stopped and dropped as often as it should be.

mod common;

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use common::function::{Ask, Does, Function, signature};
use common::host::{Call, Loop, OnDrop, Place};
use ponton_core::host::error::Origin;
use ponton_core::host::{HostError, lane};
use ponton_core::task::{Cancelled, Task};

signature!(Note, (), Sync);

const THREADS: u32 = 8;

/// Numbers that look random, the same ones in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls on this thread, as part of `call`, until it is ready.
fn block_on<F: Future>(call: &Call, mut future: Pin<&mut F>) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let lane = call.as_lane();
    for _ in 0..1000 {
        if let Poll::Ready(output) = lane::within(Some(&lane), || future.as_mut().poll(&mut cx)) {
            return output;
        }
        thread::park_timeout(Duration::from_secs(20));
    }
    panic!("nobody answered");
}

/// An exception that is counted as long as it is there.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn raise(live: &Arc<AtomicUsize>) -> HostError {
        live.fetch_add(1, SeqCst);
        HostError::of("Boom".to_owned(), String::new(), String::new(), Self(Arc::clone(live)))
    }
}

impl Origin for Counted {}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// The arguments of the log's lines that begin with `verb`; each must be there once.
fn once(log: &[String], verb: &str) -> HashSet<u32> {
    let mut found = HashSet::new();
    for line in log {
        if let Some(n) = line.strip_prefix(verb) {
            assert!(found.insert(n.trim().parse().expect("on the loop's thread")), "twice: {line}");
        }
    }
    found
}

#[test]
fn every_call_that_starts_is_answered_or_stopped() {
    const CALLS: u32 = if cfg!(miri) { 20 } else { 1000 };
    let event_loop = Loop::here();
    let live = Arc::new(AtomicUsize::new(0));
    let dice = Mutex::new(Dice(1));
    let waiting = Arc::new(Mutex::new(Vec::new()));
    let f = Function::<Ask>::new(&event_loop, {
        let (live, waiting) = (Arc::clone(&live), Arc::clone(&waiting));
        move |n, asker| {
            let reply = || asker.unwrap().reply();
            let rolled = dice.lock().unwrap().roll(8);
            match rolled {
                0 => return Does::Gives(Ok(Ok(n))),
                1 => reply().answer(Ok(Err(Counted::raise(&live)))),
                2 => drop(reply()),
                _ => {
                    waiting.lock().unwrap().push(n);
                    return Does::Waits;
                }
            }
            Does::Runs
        }
    });
    let mut answered = HashSet::new();
    let mut waited = HashSet::new();
    let finished = AtomicUsize::new(0);
    thread::scope(|scope| {
        for worker in 0..THREADS {
            let (f, event_loop, finished) = (f.clone(), &event_loop, &finished);
            scope.spawn(move || {
                let call = Call::on(event_loop, Place::OnWorker);
                let mut dice = Dice(u64::from(worker) + 7);
                for n in worker * CALLS..(worker + 1) * CALLS {
                    let mut asked = Box::pin(f.host_fn().call((n,)));
                    match dice.roll(4) {
                        0 => {}
                        1 => {
                            let _ = call.poll(asked.as_mut());
                        }
                        _ => match block_on(&call, asked.as_mut()) {
                            Ok(got) => assert_eq!(got, n),
                            Err(error) => assert!(["Boom", "AbortedError"].contains(&error.class()), "{error}"),
                        },
                    }
                }
                finished.fetch_add(1, SeqCst);
                event_loop.ring();
            });
        }
        let mut dice = Dice(3);
        let (answered, waited) = (Mutex::new(&mut answered), Mutex::new(&mut waited));
        let dice = Mutex::new(&mut dice);
        event_loop.turn_until(|| {
            let due = std::mem::take(&mut *waiting.lock().unwrap());
            for n in due {
                waited.lock().unwrap().insert(n);
                let rolled = dice.lock().unwrap().roll(4);
                match rolled {
                    0 => waiting.lock().unwrap().push(n),
                    1 => drop(f.reply(n)),
                    2 => f.reply(n).answer(Ok(Err(Counted::raise(&live)))),
                    _ => f.reply(n).answer(Ok(Ok(n))),
                }
                if !f.is_waiting(n) {
                    answered.lock().unwrap().insert(n);
                }
            }
            if !waiting.lock().unwrap().is_empty() {
                event_loop.ring();
            }
            finished.load(SeqCst) == THREADS as usize
        });
    });
    while event_loop.turn() > 0 {}
    let log = event_loop.log();
    let (started, stopped) = (once(&log, "start"), once(&log, "stop"));
    waited.extend(waiting.lock().unwrap().drain(..));
    let made = (THREADS * CALLS) as usize;
    assert!(started.len() > made * 3 / 8, "{} of {made}", started.len());
    assert!(waited.is_subset(&started));
    assert!(stopped.is_subset(&started));
    let forgotten: Vec<_> = waited.iter().filter(|n| !answered.contains(n) && !stopped.contains(n)).collect();
    assert!(forgotten.is_empty(), "neither answered nor stopped: {forgotten:?}");
    for &n in waited.difference(&answered) {
        f.reply(n).answer(Ok(Ok(n)));
    }
    assert_eq!((f.holders(), live.load(SeqCst)), (0, 0), "requests and exceptions that are left");
}

#[test]
fn every_task_ends_once_whoever_cancels_it() {
    const TASKS: u32 = if cfg!(miri) { 3 } else { 250 };
    type Cancel = Box<dyn Fn() + Send>;
    let event_loop = Loop::here();
    let f = Function::<Ask>::slow(&event_loop);
    let cancels: Mutex<Vec<Cancel>> = Mutex::default();
    let (finished, dropped) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let mut log = Vec::new();
    thread::scope(|scope| {
        for worker in 0..THREADS {
            let (f, event_loop, finished, dropped) = (&f, &event_loop, &finished, &dropped);
            let cancels = &cancels;
            scope.spawn(move || {
                for n in worker * TASKS..(worker + 1) * TASKS {
                    let call = Call::on(event_loop, Place::OnWorker);
                    let gone = OnDrop(event_loop.clone(), "dropped");
                    let asks = f.host_fn();
                    let task = Task::new("ask", async move { (asks.call((n,)).await, gone).0 }, call.clone());
                    let (weak, dropped) = (Arc::downgrade(&task), Arc::clone(dropped));
                    cancels.lock().unwrap().push(Box::new({
                        let call = call.clone();
                        move || {
                            let cancelled = weak.upgrade().map(|task| task.cancel());
                            if cancelled == Some(Cancelled::Dropped) {
                                dropped.fetch_add(1, SeqCst);
                                call.end();
                            }
                        }
                    }));
                    task.start_elsewhere();
                    event_loop.ring();
                    while call.as_lane().is_open() {
                        call.run_due();
                        thread::yield_now();
                    }
                }
                finished.fetch_add(1, SeqCst);
                event_loop.ring();
            });
        }
        let (dice, seen) = (Mutex::new(Dice(5)), Mutex::new(&mut log));
        event_loop.turn_until(|| {
            let dice = &mut *dice.lock().unwrap();
            let fresh = event_loop.log();
            for n in fresh.iter().filter_map(|line| line.strip_prefix("start ")) {
                let n: u32 = n.parse().expect("on the loop's thread");
                if dice.roll(2) == 0 {
                    f.reply(n).answer(Ok(Ok(n)));
                }
            }
            seen.lock().unwrap().extend(fresh);
            let some: Vec<Cancel> = {
                let mut cancels = cancels.lock().unwrap();
                let count = usize::try_from(dice.roll(8)).unwrap().min(cancels.len());
                cancels.drain(..count).collect()
            };
            for cancel in some {
                cancel();
            }
            if !cancels.lock().unwrap().is_empty() {
                event_loop.ring();
            }
            finished.load(SeqCst) == THREADS as usize
        });
    });
    while event_loop.turn() > 0 {}
    log.extend(event_loop.log());
    let count = |text: &str| log.iter().filter(|line| line.starts_with(text)).count();
    let total = (THREADS * TASKS) as usize;
    assert_eq!((count("settled") + dropped.load(SeqCst), count("dropped")), (total, total));
    let (started, stopped) = (once(&log, "start"), once(&log, "stop"));
    assert!(stopped.is_subset(&started));
    let running: HashSet<u32> = started.iter().copied().filter(|&n| f.is_waiting(n)).collect();
    assert!(running.is_subset(&stopped), "{:?}", running.difference(&stopped));
    for n in running {
        drop(f.reply(n));
    }
    assert_eq!(f.holders(), 0);
}

#[test]
fn what_each_of_two_threads_notifies_comes_before_the_end_of_its_call() {
    const ROUNDS: u32 = if cfg!(miri) { 10 } else { 2000 };
    let event_loop = Loop::here();
    let f = Function::<Note>::glad(&event_loop);
    let notifier = f.notifier();
    let ended = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for worker in 0..2 {
            let (notifier, event_loop, ended) = (notifier.clone(), &event_loop, Arc::clone(&ended));
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let (n, notifier) = (round * 2 + worker, notifier.clone());
                    let call = Call::on(event_loop, Place::OnWorker);
                    let task = Task::new("note", async move { notifier.notify((n,)) }, call.clone());
                    task.start_elsewhere();
                    call.run_due();
                    ended.fetch_add(1, SeqCst);
                }
                event_loop.ring();
            });
        }
        event_loop.turn_until(|| ended.load(SeqCst) == 2 * ROUNDS as usize);
    });
    while event_loop.turn() > 0 {}
    let log = event_loop.log();
    assert_eq!(once(&log, "call").len(), 2 * ROUNDS as usize, "some came too late to be delivered");
    drop(notifier);
    assert_eq!(f.holders(), 0);
}
