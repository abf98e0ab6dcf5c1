//! A host in memory: a loop that turns when told, and calls that belong to it.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use ponton_core::host::HostError;
use ponton_core::host::lane::{self, Errand, Lane};
use ponton_core::module::Return;
use ponton_core::queue::{Budget, LoopQueue};
use ponton_core::task::{Job, Outcome, Task, TaskHost};

type Wake = Box<dyn Fn() + Send + Sync>;

enum Item {
    Errand(Arc<dyn Errand>),
    Run(Box<dyn FnOnce() + Send>),
}

/// The loop of one thread. It writes down what happens.
#[derive(Clone)]
pub(crate) struct Loop(Arc<LoopInner>);

struct LoopInner {
    queue: LoopQueue<Item, Wake>,
    thread: ThreadId,
    posts: AtomicUsize,
    bell: Arc<Bell>,
    log: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn wait(&self) {
        let long = Duration::from_secs(20);
        let rung = self.rung.lock().unwrap();
        let (mut rung, waited) = self.changed.wait_timeout_while(rung, long, |rung| !*rung).unwrap();
        assert!(!waited.timed_out(), "nobody rang");
        *rung = false;
    }
}

impl Loop {
    /// Of the calling thread.
    pub(crate) fn here() -> Self {
        let bell = Arc::new(Bell::default());
        let wake: Wake = Box::new({
            let bell = Arc::clone(&bell);
            move || bell.ring()
        });
        Self(Arc::new(LoopInner {
            queue: LoopQueue::new(wake),
            thread: thread::current().id(),
            posts: AtomicUsize::new(0),
            bell,
            log: Mutex::default(),
        }))
    }

    pub(crate) fn is_here(&self) -> bool {
        thread::current().id() == self.0.thread
    }

    /// Does what is due, however long that takes. Tells how much that was.
    pub(crate) fn turn(&self) -> usize {
        assert!(self.is_here());
        let mut done = 0;
        let budget = Budget { micros: u64::MAX, ..Budget::default() };
        self.0.queue.drain(budget, |item| {
            done += 1;
            match item {
                Item::Errand(errand) => errand.run(),
                Item::Run(run) => run(),
            }
        });
        done
    }

    /// Turns whenever something is due, or somebody [rings](Self::ring), until `done`.
    pub(crate) fn turn_until(&self, done: impl Fn() -> bool) {
        loop {
            self.turn();
            if done() {
                return;
            }
            self.0.bell.wait();
        }
    }

    /// Has [`Self::turn_until`] look again.
    pub(crate) fn ring(&self) {
        self.0.bell.ring();
    }

    /// The end of the loop.
    pub(crate) fn close(&self) {
        self.0.queue.close(|item| {
            if let Item::Errand(errand) = item {
                errand.abandon();
            }
        });
    }

    /// Whether both are of one thread.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn run_soon(&self, run: impl FnOnce() + Send + 'static) {
        let _ = self.0.queue.push(Item::Run(Box::new(run)));
    }

    /// How many errands were posted.
    pub(crate) fn posts(&self) -> usize {
        self.0.posts.load(SeqCst)
    }

    /// Writes down `text`, and whether another thread said it.
    pub(crate) fn note(&self, text: impl Into<String>) {
        let mut text = text.into();
        if !self.is_here() {
            text.push_str(" elsewhere");
        }
        self.0.log.lock().unwrap().push(text);
    }

    /// What was written down since the last time.
    pub(crate) fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.log.lock().unwrap())
    }
}

/// Writes down that it was dropped.
pub(crate) struct OnDrop(pub(crate) Loop, pub(crate) &'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

/// Where the polls of a call run that its host schedules.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    OnLoop,
    /// Where [`Call::run_due`] is called.
    OnWorker,
}

/// One call: the lane to its loop, and the host of its task.
#[derive(Clone)]
pub(crate) struct Call(Arc<CallInner>);

struct CallInner {
    event_loop: Loop,
    place: Place,
    is_open: AtomicBool,
    jobs: Mutex<Vec<Job>>,
    failures: Mutex<Vec<HostError>>,
    raised: Mutex<Vec<HostError>>,
}

impl Call {
    pub(crate) fn on(event_loop: &Loop, place: Place) -> Self {
        Self(Arc::new(CallInner {
            event_loop: event_loop.clone(),
            place,
            is_open: AtomicBool::new(true),
            jobs: Mutex::default(),
            failures: Mutex::default(),
            raised: Mutex::default(),
        }))
    }

    pub(crate) fn as_lane(&self) -> Arc<dyn Lane> {
        Arc::clone(&self.0) as Arc<dyn Lane>
    }

    /// Whether `lane` is of a call on `event_loop`.
    pub(crate) fn is_on(lane: &dyn Lane, event_loop: &Loop) -> bool {
        (lane as &dyn Any).downcast_ref::<CallInner>().is_some_and(|call| call.event_loop.is(event_loop))
    }

    /// Polls `future` on this thread as part of the call.
    pub(crate) fn poll<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        lane::within(Some(&self.as_lane()), || future.poll(&mut Context::from_waker(Waker::noop())))
    }

    /// Nobody waits for it any more.
    pub(crate) fn end(&self) {
        self.0.is_open.store(false, SeqCst);
    }

    /// Runs what was scheduled for workers. Tells how many polls that were.
    pub(crate) fn run_due(&self) -> usize {
        let due = std::mem::take(&mut *self.0.jobs.lock().unwrap());
        let count = due.len();
        due.into_iter().for_each(Job::run);
        count
    }

    pub(crate) fn queued(&self) -> usize {
        self.0.jobs.lock().unwrap().len()
    }

    /// What host code ended the call with, by the lane.
    pub(crate) fn failures(&self) -> Vec<HostError> {
        self.0.failures.lock().unwrap().clone()
    }

    /// What the task ended with, where it was [`Outcome::Raised`].
    pub(crate) fn raised(&self) -> Vec<HostError> {
        self.0.raised.lock().unwrap().clone()
    }
}

impl Lane for CallInner {
    fn is_here(&self) -> bool {
        self.event_loop.is_here()
    }
    fn post(&self, errand: Arc<dyn Errand>) -> Result<(), Arc<dyn Errand>> {
        self.event_loop.0.posts.fetch_add(1, SeqCst);
        match self.event_loop.0.queue.push(Item::Errand(errand)) {
            Err(Item::Errand(errand)) => Err(errand),
            _ => Ok(()),
        }
    }
    fn is_open(&self) -> bool {
        self.is_open.load(SeqCst) && !self.event_loop.0.queue.is_closed()
    }
    fn fail(&self, error: HostError) {
        self.failures.lock().unwrap().push(error);
    }
}

impl TaskHost for Call {
    type Guard = ();
    fn enter(&self) {}
    fn schedule(&self, job: Job) {
        match self.0.place {
            Place::OnLoop => self.0.event_loop.run_soon(move || job.run()),
            Place::OnWorker => self.0.jobs.lock().unwrap().push(job),
        }
    }
    fn lane(&self) -> Option<Arc<dyn Lane>> {
        Some(self.as_lane())
    }
    fn is_here(&self) -> bool {
        self.0.place == Place::OnLoop && self.0.event_loop.is_here()
    }
    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let call = task.host().clone();
        let kind = match task.take_outcome().expect("an outcome is there when completed() is called") {
            Outcome::Ready(_) => "ready",
            Outcome::Panicked(_) => "panicked",
            Outcome::Cancelled => "cancelled",
            Outcome::Aborted => "aborted",
            Outcome::Raised(error) => {
                call.0.raised.lock().unwrap().push(error);
                "raised"
            }
        };
        let event_loop = call.0.event_loop.clone();
        event_loop.run_soon(move || {
            call.end();
            call.0.event_loop.note(format!("settled {kind}"));
        });
    }
}

/// Runs `body` on another thread, to its end.
pub(crate) fn elsewhere<R: Send>(body: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(body).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}
