//! The queue of one environment, and the one handle that wakes its event loop.

use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi_sys as sys;
use ponton_core::host::lane::Errand;
use ponton_core::queue::LoopQueue;
use ponton_core::task::Job;
use ponton_core::thread;
use ponton_js::host::link::Link;
use ponton_js::slots::AnyTask;
use ponton_native::near::Near;
use ponton_native::runtime;

use crate::engine::NodeEngine;
use crate::env::{self, Env};

/// What the loop's thread has to do.
pub(crate) enum Item {
    /// Settle a call.
    Completed(Arc<dyn AnyTask<NodeEngine>>),
    /// Poll a `#[local]` future.
    Job(Job),
    /// Poll what was woken here.
    Near,
    /// Call host code.
    Errand(Arc<dyn Errand>),
    /// Let go of what JavaScript holds for us there.
    Release(u32),
}

impl Item {
    /// The environment is gone. Every task was cancelled before, so queued jobs have nothing left to do.
    fn abandon(self) {
        if let Self::Errand(errand) = self {
            errand.abandon();
        }
    }
}

/// Shared by the environment and all its tasks, wherever they run.
pub(crate) struct Loop {
    queue: LoopQueue<Item, Box<dyn Fn() + Send + Sync>>,
    near: Arc<Near>,
    waker: Arc<Waker>,
    home: u64,
    engine: EnginePtr,
    ended: AtomicBool,
}

/// The engine of a loop, for that loop's own thread.
struct EnginePtr(*const NodeEngine);

// SAFETY: only `NodeLink::with` looks at it, on the thread of the engine.
unsafe impl Send for EnginePtr {}
// SAFETY: as above.
unsafe impl Sync for EnginePtr {}

impl Loop {
    /// The loop of the calling thread.
    ///
    /// # Safety
    /// `engine` stays valid until [`Self::end`] was called.
    pub(crate) unsafe fn new(waker: Waker, engine: *const NodeEngine) -> Arc<Self> {
        let waker = Arc::new(waker);
        let wake = Arc::clone(&waker);
        Arc::new(Self {
            queue: LoopQueue::new(Box::new(move || wake.wake())),
            near: Arc::default(),
            waker,
            home: thread::number(),
            engine: EnginePtr(engine),
            ended: AtomicBool::new(false),
        })
    }

    /// Queues `item`, from any thread. After the environment's end it is let go of.
    pub(crate) fn push(&self, item: Item) {
        match self.queue.push(item) {
            // It slipped in behind the last drain.
            Ok(()) if self.queue.is_closed() => self.queue.close(Item::abandon),
            Ok(()) => {}
            Err(item) => item.abandon(),
        }
    }

    /// Keeps `job`, which this thread has woken, for this thread.
    pub(crate) fn keep(&self, job: Job) {
        self.near.keep(job);
        self.push(Item::Near);
    }

    /// Polls what this thread has woken.
    pub(crate) fn poll_near(&self) {
        self.near.poll_next();
    }

    pub(crate) fn queue(&self) -> &LoopQueue<Item, Box<dyn Fn() + Send + Sync>> {
        &self.queue
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// From now on no code runs in the environment, and nothing more is asked of it.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Refuses what is queued and what will be. Every task of the environment must have been cancelled.
    pub(crate) fn close(&self) {
        self.waker.close();
        self.queue.close(Item::abandon);
        self.near.close();
    }
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loop").field(&self.queue).finish()
    }
}

/// The way back to an environment.
#[derive(Clone, Debug)]
pub(crate) struct NodeLink(Arc<Loop>);

impl NodeLink {
    pub(crate) const fn new(home: Arc<Loop>) -> Self {
        Self(home)
    }
}

impl std::ops::Deref for NodeLink {
    type Target = Loop;

    fn deref(&self) -> &Loop {
        &self.0
    }
}

impl NodeLink {
    /// A call has ended, on any thread.
    pub(crate) fn completed(&self, task: Arc<dyn AnyTask<NodeEngine>>) {
        let mut task = Some(task);
        self.with(|engine| task = task.take().and_then(|task| engine.ended(task)));
        if let Some(task) = task {
            self.push(Item::Completed(task));
        }
    }

    /// Lets go of what slipped in behind the last drain, elsewhere: who posts may hold a lock.
    fn sweep(&self) {
        let this = self.clone();
        runtime::handle().spawn(async move { this.queue.close(Item::abandon) });
    }
}

impl Link for NodeLink {
    type Engine = NodeEngine;

    fn is_here(&self) -> bool {
        self.is_open() && thread::number() == self.home
    }

    fn is_open(&self) -> bool {
        !self.ended.load(Ordering::Acquire)
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn with<T>(&self, body: impl FnOnce(&NodeEngine) -> T) -> Option<T> {
        // SAFETY: this is the environment's thread, which has not ended it, and does not while `body` runs. What runs there
        // in Rust was called by Node, as an `Env` asks for.
        self.is_here().then(|| body(unsafe { &*self.engine.0 }))
    }

    fn post(&self, errand: Arc<dyn Errand>) -> Result<(), Arc<dyn Errand>> {
        if !self.is_open() {
            return Err(errand);
        }
        match self.queue.push(Item::Errand(errand)) {
            Ok(()) if self.queue.is_closed() => self.sweep(),
            // Perhaps not the one that was pushed: that one is given to somebody else.
            Err(Item::Errand(errand)) => return Err(errand),
            Ok(()) | Err(_) => {}
        }
        Ok(())
    }

    fn release(&self, index: u32) {
        if self.is_open() {
            self.push(Item::Release(index));
        }
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
    ) -> env::Result<Self> {
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
