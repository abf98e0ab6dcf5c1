//! A JavaScript engine without JavaScript: it notes which hooks are called, and answers them as a test says.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use ponton_core::desc::FieldDesc;
use ponton_core::host::lane::Errand;
use ponton_core::module::TypeSlot;
use ponton_js::answer::Settled;
use ponton_js::engine::{Engine, Failure, Handle, Hook, Kind};
use ponton_js::host::link::Link;
use ponton_js::host::requests::Requests;
use ponton_js::slots::Slots;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Undefined,
    Number(f64),
    Text(String),
    Array(Vec<Value>),
    Function(&'static str),
}

/// What the function that Rust calls does.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Gives(Value),
    Throws(Value),
    Later,
}

pub(crate) struct Fake {
    link: FakeLink,
    slots: Slots<Self>,
    requests: Requests<Self>,
    held: RefCell<Vec<Option<Value>>>,
    pub(crate) answer: RefCell<Answer>,
    /// The last request that was started.
    pub(crate) request: Cell<u32>,
    pub(crate) log: RefCell<Vec<String>>,
}

impl Fake {
    /// One for the calling thread. It is leaked, as environments end with their thread.
    pub(crate) fn new() -> &'static Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let shared = Shared { id: NEXT.fetch_add(1, Ordering::Relaxed), ..Shared::default() };
        let fake: &'static Self = Box::leak(Box::new(Self {
            link: FakeLink(Arc::new(shared)),
            slots: Slots::new(),
            requests: Requests::new(),
            held: RefCell::default(),
            answer: RefCell::new(Answer::Later),
            request: Cell::new(u32::MAX),
            log: RefCell::default(),
        }));
        HERE.with_borrow_mut(|here| here.push((fake.link.0.id, fake)));
        fake
    }

    pub(crate) fn take_log(&self) -> Vec<String> {
        self.log.take()
    }

    /// How many values are held.
    pub(crate) fn holds(&self) -> usize {
        self.held.borrow().iter().flatten().count()
    }

    /// The environment goes away.
    pub(crate) fn end(&self) {
        self.link.0.ended.store(true, Ordering::SeqCst);
        self.slots.close();
        self.requests.close();
    }

    /// What other threads have sent.
    pub(crate) fn drain(&self) {
        for index in std::mem::take(&mut *self.link.0.released.lock().unwrap()) {
            self.held.borrow_mut()[index as usize] = None;
        }
        while let Some(errand) = { self.link.0.errands.lock().unwrap().pop_front() } {
            errand.run();
        }
    }

    fn hold(&self, value: Value) -> Value {
        let mut held = self.held.borrow_mut();
        held.push(Some(value));
        #[expect(clippy::cast_precision_loss, reason = "a few")]
        Value::Number((held.len() - 1) as f64)
    }
}

thread_local! {
    static HERE: RefCell<Vec<(u32, &'static Fake)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Default)]
struct Shared {
    id: u32,
    ended: AtomicBool,
    errands: Mutex<VecDeque<Arc<dyn Errand>>>,
    released: Mutex<Vec<u32>>,
}

#[derive(Clone)]
pub(crate) struct FakeLink(Arc<Shared>);

impl FakeLink {
    fn engine(&self) -> Option<&'static Fake> {
        HERE.with_borrow(|here| here.iter().find(|(id, _)| *id == self.0.id).map(|(_, fake)| *fake))
    }
}

impl Link for FakeLink {
    type Engine = Fake;

    fn is_here(&self) -> bool {
        self.is_open() && self.engine().is_some()
    }

    fn is_open(&self) -> bool {
        !self.0.ended.load(Ordering::SeqCst)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }

    fn with<T>(&self, body: impl FnOnce(&Fake) -> T) -> Option<T> {
        if self.is_here() { self.engine().map(body) } else { None }
    }

    fn post(&self, errand: Arc<dyn Errand>) -> Result<(), Arc<dyn Errand>> {
        if !self.is_open() {
            return Err(errand);
        }
        self.0.errands.lock().unwrap().push_back(errand);
        Ok(())
    }

    fn release(&self, index: u32) {
        self.0.released.lock().unwrap().push(index);
    }
}

fn index(value: &Value) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place")]
    if let Value::Number(number) = value { *number as usize } else { usize::MAX }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

type Result<T, E = Failure<Value>> = std::result::Result<T, E>;

impl Engine for Fake {
    type Value = Value;
    type Link = FakeLink;

    fn kind(&self, value: &Value) -> Kind {
        match value {
            Value::Undefined => Kind::Undefined,
            Value::Number(_) => Kind::Number,
            Value::Text(_) => Kind::String,
            Value::Array(_) => Kind::Object,
            Value::Function(_) => Kind::Function,
        }
    }

    fn as_bool(&self, value: &Value) -> bool {
        *value == Value::Number(1.0)
    }

    fn as_number(&self, value: &Value) -> f64 {
        if let Value::Number(number) = value { *number } else { f64::NAN }
    }

    fn as_string(&self, value: &Value) -> Option<String> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }

    fn item(&self, value: &Value, index: u32) -> Result<Value> {
        let Value::Array(items) = value else { return Ok(Value::Undefined) };
        Ok(items[index as usize].clone())
    }

    fn undefined(&self) -> Value {
        Value::Undefined
    }

    fn new_number(&self, value: f64) -> Value {
        Value::Number(value)
    }

    fn new_string(&self, value: &str) -> Result<Value> {
        Ok(text(value))
    }

    fn new_array(&self, items: &[Value]) -> Result<Value> {
        Ok(Value::Array(items.to_vec()))
    }

    fn show(&self, number: f64) -> String {
        number.to_string()
    }

    fn call_hook(&self, hook: Hook, args: &[Value]) -> Result<Value> {
        match hook {
            Hook::Hold => Ok(self.hold(args[0].clone())),
            Hook::Held => Ok(self.held.borrow()[index(&args[0])].clone().unwrap_or(Value::Undefined)),
            Hook::Release => {
                self.held.borrow_mut()[index(&args[0])] = None;
                Ok(Value::Undefined)
            }
            Hook::Invoke | Hook::Await => {
                self.log.borrow_mut().push(format!("{hook:?}"));
                let number = self.as_number(&args[2]);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
                if number >= 0.0 {
                    self.request.set(number as u32);
                }
                match self.answer.borrow().clone() {
                    Answer::Gives(value) if hook == Hook::Await => Ok(Value::Array(vec![Value::Undefined, value])),
                    Answer::Gives(value) if number >= 0.0 => Ok(Value::Array(vec![value])),
                    Answer::Gives(value) => Ok(value),
                    Answer::Throws(error) => Err(Failure::Thrown(error)),
                    Answer::Later => Ok(Value::Undefined),
                }
            }
            Hook::Explain => {
                let held = self.hold(args[0].clone());
                Ok(Value::Array(vec![text("Error"), text("explained"), text("stack"), held]))
            }
            Hook::Describe => Ok(text("something")),
            Hook::Promise => {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a table")]
                self.request.set(self.as_number(&args[1]) as u32);
                Ok(Value::Number(-2.0))
            }
            Hook::Fail => Ok(args[1].clone()),
            Hook::Stop | Hook::Report => {
                self.log.borrow_mut().push(format!("{hook:?} {:?}", args[0]));
                Ok(Value::Undefined)
            }
            other => unreachable!("{other:?} is no matter of these tests"),
        }
    }

    fn link(&self) -> &FakeLink {
        &self.link
    }

    fn slots(&self) -> &Slots<Self> {
        &self.slots
    }

    fn requests(&self) -> &Requests<Self> {
        &self.requests
    }

    fn settle(&self, _: u32, _: Settled<Value>) {
        unreachable!("no bridged calls in these tests")
    }

    fn array_len(&self, _: &Value) -> Option<u32> {
        None
    }

    fn as_bigint(&self, _: &Value) -> Option<(bool, u128)> {
        None
    }

    fn as_bytes(&self, _: &Value) -> Result<Option<Bytes>> {
        Ok(None)
    }

    fn as_date(&self, _: &Value) -> Option<f64> {
        None
    }

    fn handle<T: 'static>(&self, _: &Value) -> Option<Arc<T>> {
        None
    }

    fn property(&self, _: &Value, _: &'static str) -> Result<Value> {
        Ok(Value::Undefined)
    }

    fn null(&self) -> Value {
        Value::Undefined
    }

    fn new_bool(&self, _: bool) -> Value {
        Value::Undefined
    }

    fn new_bigint(&self, _: bool, _: u128) -> Result<Value> {
        Ok(Value::Undefined)
    }

    fn new_date(&self, _: f64) -> Result<Value> {
        Ok(Value::Undefined)
    }

    fn new_bytes(&self, _: Bytes) -> Result<Value> {
        Ok(Value::Undefined)
    }

    fn new_object(&self, _: Option<&'static str>, _: &'static [FieldDesc], _: &[Value]) -> Result<Value> {
        Ok(Value::Undefined)
    }

    fn new_handle(&self, _: Handle) -> Result<Value> {
        Ok(Value::Undefined)
    }

    fn ordinal(&self, _: &'static TypeSlot) -> u32 {
        0
    }
}
