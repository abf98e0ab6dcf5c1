//! A host in memory: it implements `Reader`, `Writer`, `Call` and `Visitor` over a plain enum of values, and
//! finds its modules with `inventory` as every host does.
//!
//! Modules under test are bridged with `#[ponton::bridge(crate = crate::common)]`, which makes this module
//! stand where the facade does.

#![allow(dead_code, unused_imports, reason = "each test uses its part")]

mod call;
mod function;
mod reader;
mod value;
mod writer;

use std::collections::HashMap;

use ponton::__private::{
    CallbackDesc, EnumDesc, Function, Module, ModuleDesc, Object, ObjectVisitor, RecordDesc, TypeSlot, Visitor,
    inventory,
};

pub use self::call::{Answer, Ran};
pub use self::function::Exception;
pub use self::value::{Instance, Value, bytes, error, function, int, list, number, plain, record, text, tuple, union};
pub use ponton::{__assert_may_block, __private};

macro_rules! __export {
    ($module:ty, $full:expr) => {
        $crate::common::__private::inventory::submit! { $crate::common::Entry::of::<$module>($full) }
    };
}
pub(crate) use __export;

/// A module as it registers itself.
pub struct Entry {
    /// What the host keeps at run time.
    pub desc: &'static ModuleDesc,
    /// The same with docs.
    pub full: &'static ModuleDesc,
    pub json: &'static [u8],
    visit: fn(&mut Host),
}

inventory::collect!(Entry);

impl Entry {
    pub const fn of<M: Module>(full: &'static ModuleDesc) -> Self {
        Self { desc: M::DESC, full, json: M::JSON, visit: |host| M::visit(host) }
    }

    /// The module called `name`.
    pub fn named(name: &str) -> &'static Self {
        inventory::iter::<Self>.into_iter().find(|entry| entry.desc.name == name).expect("a bridge module of that name")
    }

    /// Its description as JSON.
    pub fn parsed(&self) -> serde_json::Value {
        serde_json::from_slice(self.json).expect("valid JSON")
    }
}

/// One module, registered.
#[derive(Default)]
pub struct Host {
    functions: HashMap<String, call::Entry>,
    /// Every declared item, in the order of the visit.
    pub visited: Vec<&'static str>,
    /// The slots' numbers, in the order of the visit.
    pub slots: Vec<usize>,
}

impl Host {
    /// Registers the module called `name`.
    pub fn of(name: &str) -> Self {
        let mut host = Self::default();
        (Entry::named(name).visit)(&mut host);
        host
    }

    /// Calls a function, `name`, or a function of a class, `Class.name`.
    ///
    /// # Panics
    /// When an argument does not fit.
    pub fn call<const N: usize>(&self, name: &str, args: [Value; N]) -> Answer {
        self.try_call(name, None, args.map(Some).into()).expect("the arguments fit")
    }

    /// Calls a method or reads a getter.
    ///
    /// # Panics
    /// When an argument does not fit.
    pub fn method<const N: usize>(&self, object: &Value, name: &str, args: [Value; N]) -> Answer {
        let Value::Object(instance) = object else { panic!("an object, not {object:?}") };
        let name = format!("{}.{name}", instance.class);
        self.try_call(&name, Some(instance.clone()), args.map(Some).into()).expect("the arguments fit")
    }

    /// Calls a function whose arguments may not fit, or be left out.
    pub fn try_call(
        &self,
        name: &str,
        receiver: Option<Instance>,
        args: Vec<Option<Value>>,
    ) -> Result<Answer, ponton_core::convert::ConvertError> {
        let entry = self.functions.get(name).unwrap_or_else(|| panic!("no function {name}"));
        entry.call(receiver, args)
    }
}

impl Visitor for Host {
    fn function<F: Function>(&mut self) {
        self.visited.push(F::DESC.name.rust);
        self.functions.insert(F::DESC.name.rust.to_owned(), call::Entry::of::<F>());
    }
    fn object<T: Object>(&mut self) {
        self.visited.push(T::DESC.name);
        self.slots.push(T::slot().index());
        T::visit(&mut Class { host: self, name: T::DESC.name });
    }
    fn record(&mut self, desc: &'static RecordDesc, slot: &'static TypeSlot) {
        self.visited.push(desc.name);
        self.slots.push(slot.index());
    }
    fn enumeration(&mut self, desc: &'static EnumDesc, slot: &'static TypeSlot) {
        self.visited.push(desc.name);
        self.slots.push(slot.index());
    }
    fn error(&mut self, desc: &'static EnumDesc, slot: &'static TypeSlot) {
        self.visited.push(desc.name);
        self.slots.push(slot.index());
    }
    fn callback(&mut self, desc: &'static CallbackDesc) {
        self.visited.push(desc.name);
    }
}

struct Class<'a> {
    host: &'a mut Host,
    name: &'static str,
}

impl ObjectVisitor for Class<'_> {
    fn function<F: Function>(&mut self) {
        let name = format!("{}.{}", self.name, F::DESC.name.rust);
        self.host.functions.insert(name, call::Entry::of::<F>());
    }
}
