//! The queue of one environment, and the one handle that wakes its event loop.

use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi_sys as sys;
use ponton_core::queue::LoopQueue;
use ponton_core::task::Job;
use ponton_js::slots::AnyTask;

use crate::engine::NodeEngine;
use crate::env::{Env, Result};

/// What the loop's thread has to do.
pub(crate) enum Item {
    /// Settle a call.
    Completed(Arc<dyn AnyTask<NodeEngine>>),
    /// Poll a `#[local]` future.
    Job(Job),
}

/// Shared by the environment and all its tasks, wherever they run.
pub(crate) struct Loop {
    queue: LoopQueue<Item, Box<dyn Fn() + Send + Sync>>,
    waker: Arc<Waker>,
}

impl Loop {
    pub(crate) fn new(waker: Waker) -> Arc<Self> {
        let waker = Arc::new(waker);
        let wake = Arc::clone(&waker);
        Arc::new(Self { queue: LoopQueue::new(Box::new(move || wake.wake())), waker })
    }

    /// Queues `item`, from any thread. After the environment's end it is let go of: every task was cancelled before.
    pub(crate) fn push(&self, item: Item) {
        if self.queue.push(item).is_ok() && self.queue.is_closed() {
            // It slipped in behind the last drain.
            self.queue.close(drop);
        }
    }

    pub(crate) fn queue(&self) -> &LoopQueue<Item, Box<dyn Fn() + Send + Sync>> {
        &self.queue
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Ends it. Every task of the environment must have been cancelled, so that queued jobs have nothing left to do.
    pub(crate) fn close(&self) {
        self.waker.close();
        self.queue.close(drop);
    }
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loop").field(&self.queue).finish()
    }
}

/// A threadsafe function. It keeps the process alive only while calls are pending.
///
/// Node frees it when the environment ends; `None` from then on. A thread that wakes holds the lock meanwhile, so it
/// never uses one that is being freed.
pub(crate) struct Waker(Mutex<Option<ThreadsafeFunction>>);

struct ThreadsafeFunction(sys::napi_threadsafe_function);

// SAFETY: calling it is what Node offers to other threads; `ref`, `unref` and `release` here happen on its own.
unsafe impl Send for ThreadsafeFunction {}

impl Waker {
    /// A handle that makes Node call `on_wake` with `context` on the environment's thread.
    ///
    /// # Safety
    /// `context` stays valid for `on_wake` until the environment is torn down.
    pub(crate) unsafe fn new(
        env: Env,
        on_wake: unsafe extern "C" fn(sys::napi_env, sys::napi_value, *mut c_void, *mut c_void),
        context: *mut c_void,
    ) -> Result<Self> {
        let name = env.string("ponton")?;
        let mut function = ptr::null_mut();
        // SAFETY: `env` and `name` belong to the callback that we are in; `function` has room for the answer; the
        // context is the caller's promise. An unbounded queue is right: `LoopQueue` wakes once per batch.
        let status = unsafe {
            sys::napi_create_threadsafe_function(
                env.raw(),
                ptr::null_mut(),
                ptr::null_mut(),
                name.raw(),
                0,
                1,
                ptr::null_mut(),
                None,
                context,
                Some(on_wake),
                &raw mut function,
            )
        };
        env.check_status(status)?;
        let waker = Self(Mutex::new(Some(ThreadsafeFunction(function))));
        waker.keep_alive(env, false);
        Ok(waker)
    }

    /// Whether the process, or the worker, stays alive for what is pending. On the environment's thread.
    pub(crate) fn keep_alive(&self, env: Env, alive: bool) {
        if let Some(function) = &*self.lock() {
            // SAFETY: the function is not released as long as we hold the lock, and this is the environment's thread.
            unsafe {
                if alive {
                    sys::napi_ref_threadsafe_function(env.raw(), function.0);
                } else {
                    sys::napi_unref_threadsafe_function(env.raw(), function.0);
                }
            }
        }
    }

    fn wake(&self) {
        if let Some(function) = &*self.lock() {
            // SAFETY: the function is not released as long as we hold the lock.
            unsafe {
                sys::napi_call_threadsafe_function(
                    function.0,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                );
            }
        }
    }

    fn close(&self) {
        if let Some(function) = self.lock().take() {
            // SAFETY: nobody else can reach it any more, and whoever used it has given the lock back.
            unsafe {
                sys::napi_release_threadsafe_function(function.0, sys::ThreadsafeFunctionReleaseMode::release);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<ThreadsafeFunction>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
