//! How a bridged function runs in Node.

use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use ponton_core::convert::{FromHost, IntoHost};
use ponton_core::desc::FnDesc;
use ponton_core::host::HostError;
use ponton_core::host::lane::{self, Lane};
use ponton_core::marker::MaybeSend;
use ponton_core::module::{Call, Function, Object, Return};
use ponton_core::panic::Caught;
use ponton_core::task::{Habit, Job, Task, TaskHost};
use ponton_js::answer::{self, Settled, answer, constructed};
use ponton_js::args::Args;
use ponton_js::host;
use ponton_js::host::lane::LaneCell;
use ponton_js::host::link::Link;
use ponton_js::registry::Compile;
use ponton_js::slots::CallHost;
use ponton_native::runtime;

use crate::engine::NodeEngine;
use crate::env::Value;
use crate::state::State;
use crate::wake::{Item, NodeLink};

/// Node as a host: each function is compiled to one function pointer.
#[derive(Debug)]
pub(crate) struct Node;

/// See [`Compile`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thunk(fn(NodeCall<'_>) -> Settled<Value>);

impl Compile for Node {
    type Thunk = Thunk;

    fn compile<F: Function>() -> Thunk {
        Thunk(|call| F::call(call))
    }
}

impl Thunk {
    /// Runs the function. A panic outside of its task becomes a `PanicError` too.
    pub(crate) fn run(self, call: NodeCall<'_>) -> Settled<Value> {
        let engine = call.args.engine;
        caught(engine, || self.0(call))
    }
}

/// `body`, or the `PanicError` of its panic, or what host code threw that it has called.
pub(crate) fn caught(engine: &NodeEngine, body: impl FnOnce() -> Settled<Value>) -> Settled<Value> {
    panic::catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|payload| Err(answer::caught(engine, &Caught::from_payload(payload))))
}

/// Runs what Node calls us for. There is nobody to tell of a panic (its message is on stderr), and unwinding into Node
/// would end the process.
pub(crate) fn guarded(body: impl FnOnce()) {
    let _ = panic::catch_unwind(AssertUnwindSafe(body));
}

/// What is added to the ticket of a lazy call (`calls.js`).
const LAZY: u32 = 1;

/// One call under way.
pub(crate) struct NodeCall<'a> {
    pub(crate) state: &'a State,
    pub(crate) args: Args<'a, NodeEngine>,
    /// `slot * 2 + lazy`. Calls that give no promise do not look at it.
    pub(crate) ticket: Value,
}

impl NodeCall<'_> {
    fn answer<R: Return>(&self, (returned, raised): (R, Option<HostError>)) -> Settled<Value> {
        match raised {
            None => answer(self.args.engine, self.args.desc, returned),
            Some(error) => Err(host::raised(self.args.engine, &error)),
        }
    }

    /// Starts what `task` makes, or keeps it for later.
    fn launch<F>(
        self,
        future: F,
        placement: Placement,
        task: impl FnOnce(&'static str, F, Host) -> Arc<Task<F, Host>>,
    ) -> Settled<Value>
    where
        F: Future + 'static,
        F::Output: Return,
    {
        self.state.stay();
        let ticket = self.args.engine.env().as_u32(self.ticket);
        let link = self.state.link().clone();
        let host = Host { link, desc: self.args.desc, slot: ticket / 2, placement, lane: LaneCell::new() };
        self.state.launch(task(self.args.desc.path, future, host), ticket & LAZY != 0)
    }
}

impl Call for NodeCall<'_> {
    type Return = Value;
    type Error = Value;

    fn receiver<T: Object>(&mut self) -> Result<Arc<T>, Value> {
        self.args.receiver()
    }

    fn arg<T: FromHost>(&mut self, index: usize) -> Result<T, Value> {
        self.args.arg(index)
    }

    fn arg_or<T: FromHost>(&mut self, index: usize, default: impl FnOnce() -> T) -> Result<T, Value> {
        self.state.stay();
        self.args.arg_or(index, default)
    }

    fn sync<R: Return>(self, body: impl FnOnce() -> R) -> Settled<Value> {
        self.state.stay();
        self.answer(lane::plain(body))
    }

    fn setup<R: Return>(self, body: impl FnOnce() -> R) -> Settled<Value> {
        self.answer(lane::plain(body))
    }

    fn construct<T, R>(self, body: impl FnOnce() -> R) -> Settled<Value>
    where
        T: Object + IntoHost,
        R: Return<Ok = T>,
    {
        self.state.stay();
        let (made, raised) = lane::plain(body);
        match raised {
            None => constructed(self.args.engine, self.args.desc, made),
            Some(error) => Err(host::raised(self.args.engine, &error)),
        }
    }

    fn future<F>(self, habit: &'static Habit, future: F) -> Settled<Value>
    where
        F: Future + MaybeSend + 'static,
        F::Output: Return + MaybeSend,
    {
        self.launch(future, Placement::PollFirst(habit), Task::new)
    }

    fn spawn<F>(self, future: F) -> Settled<Value>
    where
        F: Future + MaybeSend + 'static,
        F::Output: Return + MaybeSend,
    {
        self.launch(future, Placement::Workers, Task::new)
    }

    fn local<F>(self, future: F) -> Settled<Value>
    where
        F: Future + 'static,
        F::Output: Return,
    {
        self.launch(future, Placement::Local, Task::local)
    }

    fn blocking<R, B>(self, body: B) -> Settled<Value>
    where
        R: Return + MaybeSend,
        B: FnOnce() -> R + MaybeSend + 'static,
    {
        // One poll, on a thread that may block for it.
        let future = async move { body() };
        self.launch(future, Placement::Blocking, Task::new)
    }
}

/// Where a task is polled.
#[derive(Clone, Copy, Debug)]
enum Placement {
    /// First here, then by the workers, or here when it was woken here and its polls are short.
    PollFirst(&'static Habit),
    /// By the workers.
    Workers,
    /// Here.
    Local,
    /// On the blocking pool.
    Blocking,
}

/// What a task knows of the environment that waits for it.
#[derive(Debug)]
struct Host {
    link: NodeLink,
    desc: &'static FnDesc,
    slot: u32,
    placement: Placement,
    lane: LaneCell<NodeEngine>,
}

impl TaskHost for Host {
    type Guard = ();

    /// The environment's thread stays in the runtime's context (`State::stay`), and the others are the runtime's own.
    fn enter(&self) {}

    fn schedule(&self, job: Job) {
        match self.placement {
            Placement::PollFirst(_) if self.link.is_here() && job.stays() => self.link.keep(job),
            Placement::PollFirst(_) | Placement::Workers => runtime::schedule(job),
            Placement::Local => self.link.push(Item::Job(job)),
            Placement::Blocking => drop(runtime::handle().spawn_blocking(move || job.run())),
        }
    }

    fn lane(&self) -> Option<Arc<dyn Lane>> {
        Some(Arc::clone(self.lane.lane(&self.link, self.slot)) as Arc<dyn Lane>)
    }

    fn habit(&self) -> Option<&'static Habit> {
        match self.placement {
            Placement::PollFirst(habit) => Some(habit),
            _ => None,
        }
    }

    fn is_here(&self) -> bool {
        self.polls_first() && self.link.is_here()
    }

    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let link = task.host().link.clone();
        link.completed(task);
    }
}

impl CallHost<NodeEngine> for Host {
    fn slot(&self) -> u32 {
        self.slot
    }

    fn desc(&self) -> &'static FnDesc {
        self.desc
    }

    fn polls_first(&self) -> bool {
        matches!(self.placement, Placement::PollFirst(_) | Placement::Local)
    }

    fn lane_cell(&self) -> &LaneCell<NodeEngine> {
        &self.lane
    }
}
