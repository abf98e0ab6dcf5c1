//! What `pyo3_async_runtimes` wants to know of the call whose future runs: its event loop and its context.
//!
//! With the feature `pyo3-async-runtimes`, the future of each call is polled within that crate's task locals, and that crate
//! uses our runtime. Nothing else of Ponton knows of it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use ponton_core::host::lane;
use ponton_native::runtime;
use pyo3::prelude::*;
use pyo3_async_runtimes::TaskLocals;
use pyo3_async_runtimes::tokio as theirs;

use crate::asyncio::Kind;
use crate::lane::CallLane;
use crate::{asyncio, py};

/// Has the runtime lent to `pyo3_async_runtimes` as it starts. In a forked child that still has the parent's.
pub(crate) fn share_runtime() {
    runtime::lend_to(|ours| {
        let _ = theirs::init_with_runtime(ours);
    });
}

/// A future within the task locals of its call, which are known at its first poll.
pub(crate) struct Within<F, B>(Stage<F, B>);

enum Stage<F, B> {
    New(F),
    Begun(B),
    Gone,
}

/// Puts a future within task locals.
pub(crate) trait Enter<F> {
    fn enter(future: F, locals: Option<TaskLocals>) -> Self;
}

type Anywhere<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Here<T> = Pin<Box<dyn Future<Output = T>>>;

impl<F> Enter<F> for Anywhere<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn enter(future: F, locals: Option<TaskLocals>) -> Self {
        match locals {
            Some(locals) => Box::pin(theirs::scope(locals, future)),
            None => Box::pin(future),
        }
    }
}

impl<F: Future + 'static> Enter<F> for Here<F::Output> {
    fn enter(future: F, locals: Option<TaskLocals>) -> Self {
        match locals {
            Some(locals) => Box::pin(theirs::scope_local(locals, future)),
            None => Box::pin(future),
        }
    }
}

pub(crate) fn within<F>(future: F) -> Within<F, Anywhere<F::Output>>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    Within(Stage::New(future))
}

pub(crate) fn within_local<F: Future + 'static>(future: F) -> Within<F, Here<F::Output>> {
    Within(Stage::New(future))
}

// It is pinned only once it is in its box.
impl<F, B> Unpin for Within<F, B> {}

impl<F, B> Future for Within<F, B>
where
    F: Future,
    B: Enter<F> + Future<Output = F::Output> + Unpin,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if matches!(self.0, Stage::New(_))
            && let Stage::New(future) = std::mem::replace(&mut self.0, Stage::Gone)
        {
            self.0 = Stage::Begun(B::enter(future, of_this_call()));
        }
        match &mut self.0 {
            Stage::Begun(begun) => Pin::new(begun).poll(cx),
            Stage::New(_) | Stage::Gone => Poll::Pending,
        }
    }
}

/// Nothing without a loop: what needs none may run there.
fn of_this_call() -> Option<TaskLocals> {
    Python::attach(|py| {
        let here = TaskLocals::with_running_loop(py).and_then(|locals| locals.copy_context(py));
        here.ok().or_else(|| of_this_lane(py))
    })
}

/// On a worker, where a `#[spawn]` function begins.
fn of_this_lane(py: Python<'_>) -> Option<TaskLocals> {
    // SAFETY: attached, as `py` says, for as long as this function runs.
    let token = unsafe { py::Py::attached() };
    let lane = lane::current()?;
    let lane = CallLane::get(&lane)?;
    if lane.shared().kind != Kind::Asyncio {
        return None; // what it awaits are asyncio's futures
    }
    let event_loop = asyncio::event_loop(token, lane.shared())?;
    // SAFETY: attached; both objects are alive, and a `Bound` takes a reference of its own.
    let bound = |object: &py::Obj| unsafe { Bound::from_borrowed_ptr(py, object.as_ptr()) };
    let locals = TaskLocals::new(bound(&event_loop));
    match lane.context(token) {
        Some(context) => Some(locals.with_context(bound(&context))),
        None => locals.copy_context(py).ok(),
    }
}

/// Releases what futures of `pyo3`'s dropped on workers since the last time: their references wait for a thread that is
/// attached by `pyo3`.
pub(crate) fn release(_: py::Py) {
    Python::attach(|_| ());
}
