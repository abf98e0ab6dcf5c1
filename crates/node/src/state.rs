//! What one JavaScript environment keeps, and what happens when its loop turns and when it ends.

use std::cell::{Cell, OnceCell};
use std::ffi::c_void;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::Arc;

use napi_sys as sys;
use ponton_core::clock;
use ponton_core::module::Return;
use ponton_core::queue::Budget;
use ponton_core::task::Task;
use ponton_js::answer::Settled;
use ponton_js::engine::{Engine, Hook, Kind};
use ponton_js::registry::Registry;
use ponton_js::slots::{AnyTask, CallHost, CancelAnswer};
use ponton_native::runtime;

use crate::call::{Node, guarded};
use crate::engine::NodeEngine;
use crate::env::{Env, Reference, Result, Value};
use crate::wake::{Item, Loop, NodeLink, Waker};

/// Arguments lie on the stack of JavaScript, which holds about 100,000.
const MOST_ARGUMENTS: usize = 2048;

/// The state of one environment: the main thread's, or a worker's. It lives on that thread.
pub(crate) struct State {
    engine: NodeEngine,
    turn: Turn,
    /// Whether this thread is in the runtime's context.
    stays: Cell<bool>,
}

/// How much was done since the event loop had its last turn.
///
/// Node calls a threadsafe function up to 1000 times in one turn when it is woken meanwhile, so a bound on each drain is
/// none on the turn. What is over the budget waits for `later.js`, which calls after a look at sockets and timers.
#[derive(Default)]
struct Turn {
    items: Cell<usize>,
    micros: Cell<u64>,
    /// Whether it will call us.
    awaited: Cell<bool>,
    /// Whether the last drain that was timed took long.
    is_slow: Cell<bool>,
    /// How many drains there were since.
    untimed: Cell<u32>,
    /// The function of `later.js`, and the one that we pass to it. Engines without `setImmediate` get no bound on the turn.
    later: OnceCell<(Reference, Reference)>,
}

/// Two looks at the clock take as long as a short drain. One of so many is timed, and while they take longer than this many
/// microseconds each of them is.
const TIMED: u32 = 8;
const SLOW: u64 = 100;

impl Turn {
    fn is_timed(&self) -> bool {
        let timed = self.is_slow.get() || self.untimed.get() + 1 == TIMED;
        self.untimed.set(if timed { 0 } else { self.untimed.get() + 1 });
        timed
    }
}

impl State {
    /// Sets an environment up. Node frees the state after everything that uses it.
    pub(crate) fn install(env: Env, registry: &'static Registry<Node>) -> Result<&'static Self> {
        let state = Self { engine: NodeEngine::new(env, registry), turn: Turn::default(), stays: Cell::new(false) };
        let this = Box::into_raw(Box::new(state));
        // SAFETY: instance data is finalized last, after the cleanup hooks and after the threadsafe function: until then
        // the box is alive, and afterwards no callback of ours runs.
        let state = unsafe {
            sys::napi_set_instance_data(env.raw(), this.cast(), Some(free), ptr::null_mut());
            &*this
        };
        // SAFETY: as above.
        let waker = unsafe { Waker::new(env, on_wake, this.cast()) }?;
        // SAFETY: as above, and `end` ends the loop before.
        state.engine.set_link(NodeLink::new(unsafe { Loop::new(waker, &raw const state.engine) }));
        // Hooks run in reverse order, so this one runs before Node's own for the threadsafe function.
        // SAFETY: as above.
        unsafe { sys::napi_add_env_cleanup_hook(env.raw(), Some(on_end), this.cast()) };
        Ok(state)
    }

    pub(crate) const fn engine(&self) -> &NodeEngine {
        &self.engine
    }

    pub(crate) fn link(&self) -> &NodeLink {
        self.engine.link()
    }

    /// From the first call on, author code finds this thread in the runtime's context: to enter and to leave it for each
    /// call and each poll would cost a tenth of a call that is ready.
    #[inline]
    pub(crate) fn stay(&self) {
        if !self.stays.replace(true) {
            std::mem::forget(runtime::enter());
        }
    }

    /// Starts a call, or keeps it for later. `null` when it is pending.
    pub(crate) fn launch<F, H>(&self, task: Arc<Task<F, H>>, lazy: bool) -> Settled<Value>
    where
        F: Future + 'static,
        F::Output: Return,
        H: CallHost<NodeEngine>,
    {
        self.or_pending(self.engine.slots().launch(&self.engine, task, lazy))
    }

    /// Starts a lazy call.
    pub(crate) fn start(&self, slot: u32) -> Settled<Value> {
        self.or_pending(self.engine.slots().start(&self.engine, slot))
    }

    pub(crate) fn cancel(&self, slot: u32) -> CancelAnswer {
        let answer = self.engine.slots().cancel(&self.engine, slot);
        self.engine.keep_alive();
        answer
    }

    pub(crate) fn discard(&self, slot: u32) {
        self.engine.slots().discard(slot);
    }

    pub(crate) fn unref(&self, slot: u32) {
        self.engine.slots().unref(slot);
        self.engine.keep_alive();
    }

    fn or_pending(&self, settled: Option<Settled<Value>>) -> Settled<Value> {
        settled.unwrap_or_else(|| {
            self.engine.keep_alive();
            Ok(self.engine.null())
        })
    }

    /// A promise that Rust awaits has ended: polls who waits for it, and settles what that ends, at once.
    /// True when nobody waits yet.
    pub(crate) fn answer(&self, request: u32, failed: bool, value: Value) -> bool {
        if self.engine.requests().comes_early(request) {
            return true;
        }
        // Whoever was to drain before us will find less to do.
        self.link().queue().attend();
        self.stay();
        let answer = || self.engine.attending(|| self.engine.requests().answer(&self.engine, request, failed, value));
        // Nobody else drains: not even a panic may keep us from it.
        let _ = panic::catch_unwind(AssertUnwindSafe(answer));
        guarded(|| {
            self.settle_ended();
            self.drain();
        });
        false
    }

    /// Settles what has ended in the answer that was just given.
    fn settle_ended(&self) {
        let mut batch = Vec::new();
        while let Some(task) = self.engine.next_ended() {
            self.complete(&task, &mut batch);
            self.flush(&mut batch);
        }
    }

    /// Takes the function of `later.js` and the one that calls [`Self::on_turn`].
    pub(crate) fn set_later(&self, later: Value, on_turn: Value) -> Result<()> {
        let env = self.engine.env();
        if self.engine.kind(&later) == Kind::Function {
            let _ = self.turn.later.set((env.keep(later)?, env.keep(on_turn)?));
        }
        Ok(())
    }

    /// The event loop has had a turn.
    pub(crate) fn on_turn(&self) {
        self.turn.items.set(0);
        self.turn.micros.set(0);
        self.turn.awaited.set(false);
        self.drain();
    }

    /// Handles what is queued, as far as this turn's budget allows.
    fn drain(&self) {
        let Turn { items, micros, awaited, .. } = &self.turn;
        let whole = runtime::drain_budget();
        let rest = Budget {
            items: whole.items.saturating_sub(items.get()),
            micros: whole.micros.saturating_sub(micros.get()),
        };
        let spent = rest.items == 0 || rest.micros == 0;
        if !(spent && awaited.get()) {
            let began = self.turn.is_timed().then(clock::now_us);
            let done = self.drain_within(if spent { whole } else { rest });
            items.set(items.get() + done);
            if let Some(began) = began {
                let took = clock::now_us().saturating_sub(began);
                micros.set(micros.get() + took);
                self.turn.is_slow.set(took > SLOW);
            }
        }
        // Ask early: what is spent is only given back when the turn is known to be over.
        let much = items.get() > whole.items / 8 || micros.get() > whole.micros / 8;
        if much
            && !awaited.get()
            && let Some((later, on_turn)) = self.turn.later.get()
        {
            awaited.set(self.engine.env().call_with(later, on_turn).is_ok());
        }
    }

    /// Does what is due, and settles what has ended, with one call into JavaScript. Gives the number of items.
    fn drain_within(&self, budget: Budget) -> usize {
        let mut batch = Vec::new();
        let mut done = 0;
        let mut polled = false;
        self.link().queue().drain(budget, |item| {
            done += 1;
            match item {
                Item::Job(job) => {
                    polled = true;
                    job.run();
                }
                Item::Near => {
                    polled = true;
                    self.link().poll_near();
                }
                item => polled |= self.handle(item, &mut batch),
            }
        });
        if polled {
            // What has just ended is settled in the same go. Jobs wait, so that other code gets its turn.
            self.link().queue().drain(budget, |item| match item {
                job @ (Item::Job(_) | Item::Near) => self.link().push(job),
                item => {
                    self.handle(item, &mut batch);
                }
            });
        }
        self.flush(&mut batch);
        self.engine.keep_alive();
        done
    }

    /// Does what one item asks for. Gives whether that may have polled something.
    fn handle(&self, item: Item, batch: &mut Vec<Value>) -> bool {
        match item {
            Item::Completed(task) => self.complete(&task, batch),
            Item::Release(index) => {
                let engine = &self.engine;
                let _ =
                    engine.scope(|| engine.call_hook(Hook::Release, &[engine.new_number(f64::from(index))]).is_ok());
            }
            Item::Errand(errand) => {
                // Host code runs now: what ended before is settled before.
                self.flush(batch);
                // A panic of it must not take along what is in the batch.
                let run = || self.engine.scope(|| errand.run());
                let _ = panic::catch_unwind(AssertUnwindSafe(run));
                return true;
            }
            Item::Job(job) => job.run(),
            Item::Near => self.link().poll_near(),
        }
        false
    }

    /// Settles what is in `batch`.
    fn flush(&self, batch: &mut Vec<Value>) {
        if !batch.is_empty() {
            let _ = self.engine.call_hook(Hook::Settle, batch);
            batch.clear();
        }
    }

    fn complete(&self, task: &Arc<dyn AnyTask<NodeEngine>>, batch: &mut Vec<Value>) {
        let (failed, value) = match self.engine.slots().complete(&self.engine, task) {
            Ok(value) => (0.0, value),
            Err(error) => (1.0, error),
        };
        batch.push(self.engine.new_number(f64::from(task.slot()) * 2.0 + failed));
        batch.push(value);
        if batch.len() >= MOST_ARGUMENTS {
            self.flush(batch);
        }
    }

    /// The environment is going away: drops what is pending, tells who waits for host code, then refuses what other threads
    /// still push.
    fn end(&self) {
        self.link().end();
        self.engine.slots().close();
        self.engine.requests().close();
        self.link().close();
    }
}

unsafe extern "C" fn on_wake(env: sys::napi_env, _: sys::napi_value, context: *mut c_void, _: *mut c_void) {
    if env.is_null() {
        return; // queued before the environment ended
    }
    // SAFETY: `context` is the state, alive until the environment has been torn down (`State::install`).
    let state = unsafe { &*context.cast::<State>() };
    guarded(|| {
        state.stay();
        state.drain();
    });
}

unsafe extern "C" fn on_end(state: *mut c_void) {
    // SAFETY: as above.
    let state = unsafe { &*state.cast::<State>() };
    guarded(|| state.end());
}

unsafe extern "C" fn free(_: sys::napi_env, state: *mut c_void, _: *mut c_void) {
    // SAFETY: the box leaked by `State::install`; Node finalizes instance data once.
    let state = unsafe { Box::from_raw(state.cast::<State>()) };
    guarded(|| drop(state));
}
