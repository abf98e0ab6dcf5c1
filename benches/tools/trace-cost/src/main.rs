//! The life of so many bridged futures, on a host that does nothing: what is left is the task itself.
//!
//! `trace-cost ready 1000` or `trace-cost suspended 1000`. See `trace_cost.py`.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use ponton_core::module::Return;
use ponton_core::task::{Job, Task, TaskHost};

#[derive(Clone, Default)]
struct Idle(Arc<Mutex<Option<Job>>>);

impl TaskHost for Idle {
    type Guard = ();
    fn enter(&self) {}
    fn schedule(&self, job: Job) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(job);
    }
    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        black_box(task.take_outcome().is_some());
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let (Some(kind), Some(Ok(count))) = (args.next(), args.next().map(|count| count.parse::<u32>())) else {
        panic!("usage: trace-cost ready|suspended COUNT");
    };
    let host = Idle::default();
    for n in 0..count {
        match kind.as_str() {
            "ready" => {
                let task = Task::new("ready", async move { black_box(n) }, host.clone());
                assert!(task.poll_first().is_ready());
            }
            "suspended" => suspended(n, &host),
            other => panic!("{other} is neither `ready` nor `suspended`"),
        }
    }
}

fn suspended(n: u32, host: &Idle) {
    let waker = Arc::new(Mutex::new(None::<Waker>));
    let kept = Arc::clone(&waker);
    let future = poll_fn(move |cx| {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_some() {
            return Poll::Ready(black_box(n));
        }
        *kept = Some(cx.waker().clone());
        Poll::Pending
    });
    let task = Task::new("suspended", future, host.clone());
    assert!(task.poll_first().is_pending());
    let waker = waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
    waker.expect("it was polled").wake();
    let job = host.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    job.expect("it was woken").run();
}
