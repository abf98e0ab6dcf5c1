//! Host code that Rust calls from another thread: one call between its future and its loop; notifications.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::{Mutex, Notify};
use loom::thread::{self, ThreadId};

use super::{End, model};
use crate::desc::{FnDesc, FnKind, Mode, Name};
use crate::host::function::{Asker, Callee, Given, HostFn, Overflow, Policy, Reply, Signature, Started, Stop};
use crate::host::lane::{self, Errand, Lane};
use crate::host::notify::Notifier;
use crate::host::{HostCall, HostError};
use crate::module::Return;
use crate::queue::{Budget, LoopQueue};
use crate::task::{Cancelled, Job, Task, TaskHost};

const BUDGET: Budget = Budget { items: 16, micros: u64::MAX };

macro_rules! signature {
    ($name:ident, $given:ty $(, $policy:ident $capacity:literal)?) => {
        struct $name;
        impl Signature for $name {
            type Args = (u32,);
            type Given = $given;
            const OWNER: Option<&'static str> = None;
            const DESC: &'static FnDesc = &FnDesc {
                name: Name { rust: "f", python: "f", js: "f" },
                path: "f",
                doc: "",
                kind: FnKind::Function,
                mode: Mode::Async,
                params: &[],
                returns: <$given as Given>::RETURNS,
                throws: <$given as Given>::THROWS,
                number: false,
            };
            $(const OVERFLOW: Overflow = Overflow { policy: Policy::$policy, capacity: $capacity };)?
        }
    };
}

signature!(Ask, Result<u32, HostError>);
signature!(One, (), Block 1);
signature!(Newest, (), DropOldest 1);
signature!(Merged, (), Coalesce 1);

/// The loop of one thread, which waits when it has nothing to do: a model in which nobody wakes it is a deadlock.
struct Loop {
    queue: LoopQueue<Arc<dyn Errand>, Box<dyn Fn() + Send + Sync>>,
    bell: Arc<Notify>,
    thread: ThreadId,
}

impl Loop {
    fn here() -> Arc<Self> {
        let bell = Arc::new(Notify::new());
        let rung = Arc::clone(&bell);
        let queue = LoopQueue::new(Box::new(move || rung.notify()) as Box<_>);
        Arc::new(Self { queue, bell, thread: thread::current().id() })
    }

    fn turn(&self) {
        self.queue.drain(BUDGET, Errand::run);
    }

    /// Waits until somebody rings, and does what is due, until `done`.
    fn turn_until(&self, mut done: impl FnMut() -> bool) {
        while !done() {
            self.bell.wait();
            self.turn();
        }
    }

    fn close(&self) {
        self.queue.close(Errand::abandon);
    }

    fn as_lane(self: &Arc<Self>) -> Arc<dyn Lane> {
        Arc::clone(self) as Arc<dyn Lane>
    }
}

impl Lane for Loop {
    fn is_here(&self) -> bool {
        thread::current().id() == self.thread
    }
    fn post(&self, errand: Arc<dyn Errand>) -> Result<(), Arc<dyn Errand>> {
        self.queue.push(errand)
    }
    fn is_open(&self) -> bool {
        !self.queue.is_closed()
    }
    fn fail(&self, error: HostError) {
        panic!("{error}");
    }
}

/// A function of the host's that is awaited. It counts; what it gives comes later.
struct Function {
    home: Arc<Loop>,
    started: AtomicUsize,
    stopped: AtomicUsize,
    /// Never locked while another thread gets its turn.
    reply: std::sync::Mutex<Option<Reply<<Ask as Signature>::Given>>>,
}

impl Function {
    fn of(home: &Arc<Loop>) -> Arc<Self> {
        let (started, stopped) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { home: Arc::clone(home), started, stopped, reply: std::sync::Mutex::default() })
    }

    fn ask(self: &Arc<Self>) -> HostCall<Result<u32, HostError>> {
        HostFn::<Ask>::new(Arc::new(Handle(Arc::clone(self)))).call((7,))
    }

    /// Answers, if it was called.
    fn answer(&self) -> bool {
        let reply = self.reply.lock().unwrap().take();
        let called = reply.is_some();
        if let Some(reply) = reply {
            reply.answer(Ok(Ok(7)));
        }
        called
    }

    /// How often it was started, how often stopped. When all is over.
    fn counts(&self) -> (usize, usize) {
        (self.started.load(Relaxed), self.stopped.load(Relaxed))
    }
}

/// What Rust holds of it, and what stops it.
struct Handle(Arc<Function>);

impl Callee<Ask> for Handle {
    fn is_here(&self) -> bool {
        self.0.home.is_here()
    }
    fn lane(&self) -> Option<Arc<dyn Lane>> {
        Some(self.0.home.as_lane())
    }
    fn call(&self, _: (u32,), _: Option<&Arc<dyn Lane>>) -> Result<Result<u32, HostError>, HostError> {
        unreachable!("it is awaited")
    }
    fn start(
        &self,
        _: (u32,),
        _: &Arc<dyn Lane>,
        asker: &Asker<Result<u32, HostError>>,
    ) -> Started<Result<u32, HostError>> {
        assert!(self.0.home.is_here());
        self.0.started.fetch_add(1, Relaxed);
        *self.0.reply.lock().unwrap() = Some(asker.reply());
        Started::Running(Box::new(Self(Arc::clone(&self.0))))
    }
}

impl Stop for Handle {
    fn stop(self: Box<Self>) {
        assert!(self.0.home.is_here(), "host code is stopped on its own thread");
        self.0.stopped.fetch_add(1, Relaxed);
    }
}

/// A thread that waits for a future.
struct Waiter(Notify);

// SAFETY: loom's `Notify` is made to be shared; it does not say so.
unsafe impl Send for Waiter {}
// SAFETY: as above.
unsafe impl Sync for Waiter {}

impl Wake for Waiter {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

fn poll_once<F: Future + Unpin>(lane: &Arc<dyn Lane>, future: &mut F, waker: &Waker) -> Poll<F::Output> {
    lane::within(Some(lane), || pin!(future).poll(&mut Context::from_waker(waker)))
}

/// Polls whenever it is woken. A wake that is lost is a deadlock.
fn wait_for<F: Future + Unpin>(lane: &Arc<dyn Lane>, mut future: F) -> F::Output {
    let waiter = Arc::new(Waiter(Notify::new()));
    let waker = Waker::from(Arc::clone(&waiter));
    loop {
        if let Poll::Ready(output) = poll_once(lane, &mut future, &waker) {
            return output;
        }
        waiter.0.wait();
    }
}

#[test]
fn an_answer_reaches_who_waits() {
    model(3, || {
        let main = Loop::here();
        let function = Function::of(&main);
        let worker = thread::spawn({
            let (lane, call) = (main.as_lane(), function.ask());
            move || wait_for(&lane, call)
        });
        main.turn_until(|| function.answer());
        assert_eq!(worker.join().unwrap(), Ok(7));
        main.turn();
        assert_eq!(function.counts(), (1, 0));
    });
}

/// Polled again by somebody else's waker while the answer is on its way: the newest waker is the one that counts.
#[test]
fn an_answer_meets_another_poll() {
    model(3, || {
        let main = Loop::here();
        let function = Function::of(&main);
        let worker = thread::spawn({
            let (lane, mut call) = (main.as_lane(), function.ask());
            move || match poll_once(&lane, &mut call, Waker::noop()) {
                Poll::Ready(given) => given,
                Poll::Pending => wait_for(&lane, call),
            }
        });
        main.turn_until(|| function.answer());
        assert_eq!(worker.join().unwrap(), Ok(7));
        assert_eq!(function.counts(), (1, 0));
    });
}

/// Rust gives up at any time: before the host code begins, while it begins, while it runs. What has begun is stopped, once.
#[test]
fn giving_up_stops_what_has_begun() {
    model(3, || {
        let main = Loop::here();
        let function = Function::of(&main);
        let worker = thread::spawn({
            let (lane, mut call) = (main.as_lane(), function.ask());
            move || assert!(poll_once(&lane, &mut call, Waker::noop()).is_pending())
        });
        main.turn();
        worker.join().unwrap();
        main.turn();
        main.turn();
        let (started, stopped) = function.counts();
        assert_eq!(started, stopped);
        assert!(started <= 1);
    });
}

/// As above, with the answer on its way: it is dropped, or the host code is told to stop, though it may be over by then.
#[test]
fn giving_up_meets_the_answer() {
    model(3, || {
        let main = Loop::here();
        let function = Function::of(&main);
        let worker = thread::spawn({
            let (lane, mut call) = (main.as_lane(), function.ask());
            move || drop(poll_once(&lane, &mut call, Waker::noop()))
        });
        main.turn();
        let answered = function.answer();
        worker.join().unwrap();
        main.turn();
        let (started, stopped) = function.counts();
        assert!(stopped <= started && started <= 1);
        assert!(answered || started == stopped);
    });
}

/// The loop goes away before the host code begins, or while it runs. Whoever waits is told.
#[test]
fn a_loop_that_closes_leaves_nobody_waiting() {
    for runs in [false, true] {
        model(3, move || {
            let main = Loop::here();
            let function = Function::of(&main);
            let worker = thread::spawn({
                let (lane, call) = (main.as_lane(), function.ask());
                move || wait_for(&lane, call)
            });
            if runs {
                main.turn_until(|| function.counts() == (1, 0));
            }
            main.close();
            // As a host does with those that run: their way back is dropped.
            drop(function.reply.lock().unwrap().take());
            let given = worker.join().unwrap();
            assert_eq!(given.unwrap_err().class(), "AbortedError");
            assert_eq!(function.counts(), (usize::from(runs), 0));
        });
    }
}

/// A host whose loop answers on one thread, while another cancels.
struct Caller {
    home: Arc<Loop>,
    jobs: Mutex<VecDeque<Job>>,
    ends: std::sync::Mutex<Vec<End>>,
}

impl TaskHost for Arc<Caller> {
    type Guard = ();
    fn enter(&self) {}
    fn schedule(&self, job: Job) {
        self.jobs.lock().unwrap().push_back(job);
    }
    fn lane(&self) -> Option<Arc<dyn Lane>> {
        Some(self.home.as_lane())
    }
    fn is_here(&self) -> bool {
        self.home.is_here()
    }
    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let outcome = task.take_outcome().expect("it is there");
        task.host().ends.lock().unwrap().push(End::of(&outcome));
    }
}

/// The loop answers, and polls who waits for it; another thread cancels the call. One of them ends it, and host code that
/// nobody waits for is stopped.
#[test]
fn an_answer_meets_a_cancel_of_the_task() {
    model(3, || {
        let main = Loop::here();
        let function = Function::of(&main);
        let host = Arc::new(Caller {
            home: Arc::clone(&main),
            jobs: Mutex::new(VecDeque::new()),
            ends: std::sync::Mutex::default(),
        });
        let call = function.ask();
        let task = Task::new("task", async move { call.await.unwrap() }, Arc::clone(&host));
        assert!(task.poll_first().is_pending());
        let other = thread::spawn({
            let task = Arc::clone(&task);
            move || task.cancel()
        });
        assert!(function.answer(), "on the loop's own thread it begins at once");
        let cancelled = other.join().unwrap();
        main.turn();
        let ends = host.ends.lock().unwrap().clone();
        let (started, stopped) = function.counts();
        match cancelled {
            Cancelled::Dropped => assert_eq!(ends, []),
            Cancelled::Requested | Cancelled::TooLate => assert_eq!((ends, stopped), (vec![End::Ready], 0)),
        }
        assert_eq!(started, 1);
        assert!(host.jobs.lock().unwrap().is_empty(), "who is woken by the loop is polled by the loop");
    });
}

/// A function that is told, and writes down what.
struct Listener {
    home: Arc<Loop>,
    told: std::sync::Mutex<Vec<u32>>,
}

impl Listener {
    fn of(home: &Arc<Loop>) -> Arc<Self> {
        Arc::new(Self { home: Arc::clone(home), told: std::sync::Mutex::default() })
    }

    fn told(&self) -> Vec<u32> {
        self.told.lock().unwrap().clone()
    }
}

impl<S: Signature<Args = (u32,), Given = ()>> Callee<S> for Listener {
    fn is_here(&self) -> bool {
        self.home.is_here()
    }
    fn lane(&self) -> Option<Arc<dyn Lane>> {
        Some(self.home.as_lane())
    }
    fn call(&self, (n,): (u32,), _: Option<&Arc<dyn Lane>>) -> Result<(), HostError> {
        assert!(self.home.is_here());
        self.told.lock().unwrap().push(n);
        Ok(())
    }
    fn start(&self, _: (u32,), _: &Arc<dyn Lane>, _: &Asker<()>) -> Started<()> {
        unreachable!("nobody awaits it")
    }
}

fn notifier<S: Signature<Args = (u32,), Given = ()>>(listener: &Arc<Listener>) -> Notifier<S> {
    Notifier::new(Arc::clone(listener) as Arc<dyn Callee<S>>)
}

fn notifying<S: Signature<Args = (u32,), Given = ()>>(
    listener: &Arc<Listener>,
    numbers: impl IntoIterator<Item = u32> + 'static,
) -> thread::JoinHandle<()> {
    let notifier = notifier::<S>(listener);
    thread::spawn(move || numbers.into_iter().for_each(|n| notifier.notify((n,))))
}

/// The one that waits for room is told of it, without the look that it takes at the clock.
#[test]
fn a_full_queue_loses_nothing_and_keeps_the_order() {
    model(3, || {
        let main = Loop::here();
        let listener = Listener::of(&main);
        let worker = notifying::<One>(&listener, [1, 2, 3]);
        main.turn_until(|| listener.told().len() == 3);
        worker.join().unwrap();
        assert_eq!(listener.told(), [1, 2, 3]);
    });
}

#[test]
fn two_threads_wait_for_room() {
    model(2, || {
        let main = Loop::here();
        let listener = Listener::of(&main);
        let workers = [notifying::<One>(&listener, [1, 2]), notifying::<One>(&listener, [3])];
        main.turn_until(|| listener.told().len() == 3);
        for worker in workers {
            worker.join().unwrap();
        }
        let mut told = listener.told();
        assert!(told.iter().position(|n| *n == 1) < told.iter().position(|n| *n == 2), "{told:?}");
        told.sort_unstable();
        assert_eq!(told, [1, 2, 3]);
    });
}

/// Those that give way are lost; the last one never is, and what is told is in order.
#[test]
fn the_newest_arrives() {
    fn check<S: Signature<Args = (u32,), Given = ()>>() {
        model(3, || {
            let main = Loop::here();
            let listener = Listener::of(&main);
            let worker = notifying::<S>(&listener, [1, 2, 3]);
            main.turn_until(|| listener.told().last() == Some(&3));
            worker.join().unwrap();
            assert!(listener.told().is_sorted(), "{:?}", listener.told());
        });
    }
    check::<Newest>();
    check::<Merged>();
}

/// The loop closes while a thread waits for room.
#[test]
fn a_loop_that_closes_lets_go_of_who_waits_for_room() {
    model(3, || {
        let main = Loop::here();
        let listener = Listener::of(&main);
        let worker = notifying::<One>(&listener, [1, 2, 3]);
        main.turn();
        main.close();
        worker.join().unwrap();
        assert!(listener.told().len() <= 3);
    });
}

/// The loop's own thread notifies: what waits goes first.
#[test]
fn a_notification_of_the_loop_comes_after_those_that_wait() {
    model(3, || {
        let main = Loop::here();
        let listener = Listener::of(&main);
        let worker = notifying::<One>(&listener, [1, 2]);
        notifier::<One>(&listener).notify((3,));
        main.turn_until(|| listener.told().len() == 3);
        worker.join().unwrap();
        let told = listener.told();
        assert!(told.iter().position(|n| *n == 1) < told.iter().position(|n| *n == 2), "{told:?}");
    });
}
