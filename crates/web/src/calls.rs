//! Calls from JavaScript: in through a [`WebCall`], and back by the slot that `runtime.js` gave them.

use std::future::Future;
use std::sync::Arc;

use ponton_core::convert::{FromHost, IntoHost};
use ponton_core::desc::FnDesc;
use ponton_core::host::is_absent;
use ponton_core::host::lane::{self, Lane};
use ponton_core::marker::MaybeSend;
use ponton_core::module::{Call, Object, Return};
use ponton_core::panic::Caught;
use ponton_core::task::{Habit, Job, Task, TaskHost, live_unsorted};
use ponton_core::trace::Event;
use ponton_js::answer::{self, Settled};
use ponton_js::args::Args;
use ponton_js::engine::Engine;
use ponton_js::host::lane::LaneCell;
use ponton_js::host::raised;
use ponton_js::slots::{AnyTask, CallHost};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::engine::Page;
use crate::running::{self, Runner};
use crate::{executor, host};

/// As in `runtime.js`: convert, make the task, do not poll.
const LAZY: u32 = 1;

/// One call under way.
pub(crate) struct WebCall<'a> {
    pub(crate) args: Args<'a, Page>,
    pub(crate) slot: u32,
    pub(crate) flags: u32,
}

/// What a call answers, `None` for "pending".
pub(crate) type Answer = Option<Settled<JsValue>>;

impl WebCall<'_> {
    fn launch<F>(self, future: F, polls_first: bool) -> Answer
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let desc = self.args.desc;
        let host = WebHost { slot: self.slot, desc, polls_first, lane: LaneCell::new() };
        let task = Task::new(desc.path, future, host);
        Page.slots().launch(&Page, task, self.flags & LAZY != 0)
    }
}

impl Call for WebCall<'_> {
    type Return = Answer;
    type Error = JsValue;

    fn receiver<T: Object>(&mut self) -> Result<Arc<T>, JsValue> {
        self.args.receiver()
    }

    fn arg<T: FromHost>(&mut self, index: usize) -> Result<T, JsValue> {
        self.args.arg(index)
    }

    fn arg_or<T: FromHost>(&mut self, index: usize, default: impl FnOnce() -> T) -> Result<T, JsValue> {
        self.args.arg_or(index, default)
    }

    fn sync<R: Return>(self, body: impl FnOnce() -> R) -> Result<Answer, JsValue> {
        plain(body, |returned| answer::answer(&Page, self.args.desc, returned))
    }

    fn construct<T, R>(self, body: impl FnOnce() -> R) -> Result<Answer, JsValue>
    where
        T: Object + IntoHost,
        R: Return<Ok = T>,
    {
        plain(body, |made| answer::constructed(&Page, self.args.desc, made))
    }

    fn future<F>(self, _: &'static Habit, future: F) -> Result<Answer, JsValue>
    where
        F: Future + MaybeSend + 'static,
        F::Output: Return + MaybeSend,
    {
        Ok(self.launch(future, true))
    }

    fn spawn<F>(self, future: F) -> Result<Answer, JsValue>
    where
        F: Future + MaybeSend + 'static,
        F::Output: Return + MaybeSend,
    {
        Ok(self.launch(future, false))
    }

    fn local<F>(self, future: F) -> Result<Answer, JsValue>
    where
        F: Future + 'static,
        F::Output: Return,
    {
        Ok(self.launch(future, true))
    }

    /// The facade refuses `#[blocking]` here at compile time; there is no better place for `body` than the next turn.
    fn blocking<R, B>(self, body: B) -> Result<Answer, JsValue>
    where
        R: Return + MaybeSend,
        B: FnOnce() -> R + MaybeSend + 'static,
    {
        self.spawn(async move { body() })
    }
}

/// The answer of a plain call: an error that code of the page's has raised wins.
fn plain<R>(body: impl FnOnce() -> R, answer: impl FnOnce(R) -> Settled<JsValue>) -> Result<Answer, JsValue> {
    match lane::plain(body) {
        (returned, None) => Ok(Some(answer(returned))),
        (_, Some(error)) => Err(raised(&Page, &error)),
    }
}

/// The host's side of a call's task: its executor is this thread's.
struct WebHost {
    slot: u32,
    desc: &'static FnDesc,
    polls_first: bool,
    lane: LaneCell<Page>,
}

impl TaskHost for WebHost {
    type Guard = running::Guard;

    fn enter(&self) -> Self::Guard {
        running::enter(Runner::Call(self.slot))
    }

    fn schedule(&self, job: Job) {
        executor::schedule(job);
    }

    fn lane(&self) -> Option<Arc<dyn Lane>> {
        let lane = Arc::clone(self.lane.lane(&Page, self.slot));
        Some(lane)
    }

    fn is_here(&self) -> bool {
        self.polls_first
    }

    fn completed<F>(task: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
        let slot = task.host().slot;
        // The author's `Display` of an error may panic too.
        let _guard = task.host().enter();
        let task: Arc<dyn AnyTask<Page>> = task;
        let settled = Page.slots().complete(&Page, &task);
        Page.settle(slot, settled);
    }
}

impl CallHost<Page> for WebHost {
    fn slot(&self) -> u32 {
        self.slot
    }

    fn desc(&self) -> &'static FnDesc {
        self.desc
    }

    fn polls_first(&self) -> bool {
        self.polls_first
    }

    fn lane_cell(&self) -> &LaneCell<Page> {
        &self.lane
    }
}

/// The poll of the call in `slot` trapped.
pub(crate) fn fail(slot: u32, caught: &Caught) {
    let task = Page.slots().lose(slot);
    Page.settle(slot, Err(answer::caught(&Page, caught)));
    if let Some(task) = task {
        task.emit(Event::Ready);
        task.emit(Event::Settled);
    }
}

/// First poll of a lazy call. `null`: it is pending.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports nothing less")]
pub fn ponton_start(slot: u32) -> JsValue {
    hand_over(Page.slots().start(&Page, slot))
}

/// Tells the page what a call answers.
pub(crate) fn hand_over(answer: Answer) -> JsValue {
    match answer {
        None => JsValue::NULL,
        Some(Ok(value)) => value,
        Some(Err(error)) => {
            host::throws();
            error
        }
    }
}

/// Stops a call.
#[unsafe(no_mangle)]
extern "C" fn ponton_cancel(slot: u32) -> u32 {
    Page.slots().cancel(&Page, slot) as u32
}

/// Drops a lazy call that nobody started.
#[unsafe(no_mangle)]
extern "C" fn ponton_discard(slot: u32) {
    Page.slots().discard(slot);
}

/// Tells of the calls that are pending.
#[unsafe(no_mangle)]
extern "C" fn ponton_live() {
    for call in live_unsorted() {
        host::pending(call.name, call.age.as_secs_f64() * 1e3, call.state.name());
    }
}

/// Forgets a call whose poll or destructor trapped.
#[unsafe(no_mangle)]
extern "C" fn ponton_lose(slot: u32) {
    drop(Page.slots().lose(slot));
}

/// The promise that Rust awaits as `request` ended: polls who waits for it. True when nobody does yet.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports nothing less")]
pub fn ponton_answer(request: u32, failed: bool, value: JsValue) -> bool {
    if is_absent() {
        return false;
    }
    let early = Page.requests().comes_early(request);
    if !early {
        Page.requests().answer(&Page, request, failed, value);
    }
    early
}

/// Polls who else waits for it, after one of them trapped.
#[unsafe(no_mangle)]
extern "C" fn ponton_answer_rest() {
    if !is_absent() {
        lane::deliver_rest();
    }
}
