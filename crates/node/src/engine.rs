//! [`Engine`] on Node-API.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use ponton_core::convert::Lent;
use ponton_core::desc::FieldDesc;
use ponton_core::host::in_use;
use ponton_core::module::TypeSlot;
use ponton_js::answer::Settled;
use ponton_js::engine::{Engine, Failure, Handle, Hook, Kind};
use ponton_js::host::requests::Requests;
use ponton_js::registry::Registry;
use ponton_js::slots::{AnyTask, Slots};

use crate::call::Node;
use crate::env::{Env, Reference, Result, Value};
use crate::shapes::Shapes;
use crate::wake::NodeLink;

/// One environment's engine.
pub(crate) struct NodeEngine {
    env: Env,
    registry: &'static Registry<Node>,
    hooks: RefCell<Vec<Reference>>,
    shapes: Shapes,
    link: OnceCell<NodeLink>,
    slots: Slots<Self>,
    requests: Requests<Self>,
    /// Whether the wake handle keeps the process alive.
    alive: Cell<bool>,
    /// Whether host code has just answered, and what that ends is settled at once.
    attends: Cell<bool>,
    ended: RefCell<VecDeque<Arc<dyn AnyTask<Self>>>>,
}

impl NodeEngine {
    pub(crate) fn new(env: Env, registry: &'static Registry<Node>) -> Self {
        Self {
            env,
            registry,
            hooks: RefCell::new(Vec::new()),
            shapes: Shapes::default(),
            link: OnceCell::new(),
            slots: Slots::new(),
            requests: Requests::new(),
            alive: Cell::new(false),
            attends: Cell::new(false),
            ended: RefCell::default(),
        }
    }

    /// Sets the way back, once.
    pub(crate) fn set_link(&self, link: NodeLink) {
        let _ = self.link.set(link);
    }

    /// The process lives as long as a call is pending, and no longer.
    pub(crate) fn keep_alive(&self) {
        let alive = self.slots.pending() > 0;
        if self.alive.replace(alive) != alive {
            self.link().waker().keep_alive(self.env, alive);
        }
    }

    /// Runs `answer`, and collects the calls that it ends.
    pub(crate) fn attending<T>(&self, answer: impl FnOnce() -> T) -> T {
        struct Done<'a>(&'a Cell<bool>, bool);
        impl Drop for Done<'_> {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let _done = Done(&self.attends, self.attends.replace(true));
        answer()
    }

    /// Takes a call that has ended, on this thread. Gives it back when it has to wait its turn: behind what is queued.
    pub(crate) fn ended(&self, task: Arc<dyn AnyTask<Self>>) -> Option<Arc<dyn AnyTask<Self>>> {
        if self.attends.get() && self.link().queue().is_empty() {
            self.ended.borrow_mut().push_back(task);
            None
        } else {
            Some(task)
        }
    }

    /// The next of those that [`Self::attending`] has collected.
    pub(crate) fn next_ended(&self) -> Option<Arc<dyn AnyTask<Self>>> {
        self.ended.borrow_mut().pop_front()
    }

    pub(crate) const fn env(&self) -> Env {
        self.env
    }

    pub(crate) const fn registry(&self) -> &'static Registry<Node> {
        self.registry
    }

    /// Takes the functions of `runtime.js`, once.
    pub(crate) fn connect(&self, hooks: Value) -> Result<()> {
        let count = u32::try_from(Hook::COUNT).unwrap_or(u32::MAX);
        let kept: Result<Vec<_>> = (0..count).map(|index| self.env.keep(self.env.item(hooks, index)?)).collect();
        *self.hooks.borrow_mut() = kept?;
        Ok(())
    }
}

impl fmt::Debug for NodeEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeEngine")
    }
}

impl Engine for NodeEngine {
    type Value = Value;
    type Link = NodeLink;

    fn kind(&self, value: &Value) -> Kind {
        self.env.kind(*value)
    }

    fn as_bool(&self, value: &Value) -> bool {
        self.env.as_bool(*value)
    }

    fn as_number(&self, value: &Value) -> f64 {
        self.env.as_number(*value)
    }

    fn as_string(&self, value: &Value) -> Option<String> {
        self.env.as_string(*value)
    }

    fn number(&self, value: &Value) -> Option<f64> {
        self.env.number_of(*value)
    }

    fn string(&self, value: &Value) -> Option<String> {
        self.env.as_string(*value)
    }

    fn as_bigint(&self, value: &Value) -> Option<(bool, u128)> {
        self.env.as_bigint(*value)
    }

    fn as_bytes(&self, value: &Value) -> Result<Option<Bytes>> {
        self.env.as_bytes(*value)
    }

    fn lend_bytes(&self, value: &Value) -> Result<Option<Lent>> {
        if in_use() {
            // Rust holds functions of JavaScript's, so one may run before the plain call returns.
            return Ok(self.as_bytes(value)?.map(Lent::from));
        }
        // SAFETY: no JavaScript runs on this thread before the plain call that asks returns: Rust has none to run.
        unsafe { self.env.lend(*value) }
    }

    fn as_date(&self, value: &Value) -> Option<f64> {
        self.env.as_date(*value)
    }

    fn array_len(&self, value: &Value) -> Option<u32> {
        self.env.array_len(*value)
    }

    fn item(&self, value: &Value, index: u32) -> Result<Value> {
        self.env.item(*value, index)
    }

    fn property(&self, value: &Value, name: &'static str) -> Result<Value> {
        self.env.named(*value, name)
    }

    fn handle<T: 'static>(&self, value: &Value) -> Option<Arc<T>> {
        self.env.with_handle(*value, Handle::get::<T>).flatten()
    }

    fn undefined(&self) -> Value {
        self.env.undefined()
    }

    fn null(&self) -> Value {
        self.env.null()
    }

    fn new_bool(&self, value: bool) -> Value {
        self.env.bool(value)
    }

    fn new_number(&self, value: f64) -> Value {
        self.env.number(value)
    }

    fn new_string(&self, value: &str) -> Result<Value> {
        self.env.string(value)
    }

    fn new_bigint(&self, negative: bool, magnitude: u128) -> Result<Value> {
        self.env.bigint(negative, magnitude)
    }

    fn new_date(&self, millis: f64) -> Result<Value> {
        self.env.date(millis)
    }

    fn new_bytes(&self, value: Bytes) -> Result<Value> {
        self.env.bytes(value)
    }

    fn new_array(&self, items: &[Value]) -> Result<Value> {
        self.shapes.list(self.env, items)
    }

    fn new_object(&self, tag: Option<&'static str>, fields: &'static [FieldDesc], values: &[Value]) -> Result<Value> {
        self.shapes.object(self.env, tag, fields, values)
    }

    fn show(&self, number: f64) -> String {
        self.env.show(number)
    }

    fn new_handle(&self, handle: Handle) -> Result<Value> {
        self.env.handle(handle)
    }

    fn call_hook(&self, hook: Hook, args: &[Value]) -> Result<Value> {
        match self.hooks.borrow().get(hook as usize) {
            Some(function) => self.env.call(function, args),
            None => Err(Failure::Thrown(self.env.undefined())),
        }
    }

    fn ordinal(&self, slot: &'static TypeSlot) -> u32 {
        self.registry.ordinal(slot)
    }

    /// # Panics
    /// Before the environment is set up, when nothing can be called yet.
    fn link(&self) -> &NodeLink {
        self.link.get().expect("an environment is set up before anything is called in it")
    }

    fn slots(&self) -> &Slots<Self> {
        &self.slots
    }

    fn requests(&self) -> &Requests<Self> {
        &self.requests
    }

    fn settle(&self, slot: u32, settled: Settled<Value>) {
        let (failed, value) = match settled {
            Ok(value) => (0.0, value),
            Err(error) => (1.0, error),
        };
        let _ = self.call_hook(Hook::Settle, &[self.env.number(f64::from(slot) * 2.0 + failed), value]);
        self.keep_alive();
    }

    fn scope<T>(&self, body: impl FnOnce() -> T) -> T {
        self.env.scope(body)
    }
}
