//! Objects: how they are made, shared, borrowed and kept alive.

#![allow(missing_docs, unreachable_pub, reason = "bridge modules of a test")]

mod common;

use std::sync::Arc;

use common::{Host, Ran, Value, error, int, record, text};

#[ponton::bridge(crate = crate::common)]
pub mod objects {
    use ponton::prelude::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    // An `impl` may stand before its struct.
    impl Counter {
        pub fn new(start: u32, #[default(Self::STEP)] step: u32) -> Self {
            Self { value: AtomicU32::new(start), step, source: None }
        }

        pub async fn connect(url: String) -> Result<Self, OpenError> {
            if url.is_empty() { Err(OpenError::Empty) } else { Ok(Self::new(100, 1)) }
        }

        pub fn many(n: u32) -> Vec<Self> {
            (0..n).map(|start| Self::new(start, 1)).collect()
        }

        #[getter]
        pub fn value(&self) -> u32 {
            self.value.load(Ordering::Relaxed)
        }

        pub async fn add(&self, #[default(1)] times: u32) -> u32 {
            self.value.fetch_add(self.step * times, Ordering::Relaxed);
            self.value()
        }

        #[local]
        pub async fn add_here(&self) -> u32 {
            self.add(1).await
        }

        #[blocking]
        pub fn add_slowly(&self) -> u32 {
            self.value.fetch_add(self.step, Ordering::Relaxed) + self.step
        }

        pub fn fork(self: Arc<Self>) -> Self {
            Self { value: AtomicU32::new(self.value()), step: self.step, source: Some(self) }
        }

        pub fn source(&self) -> Option<Arc<Self>> {
            self.source.clone()
        }

        pub fn same(&self, other: Arc<Counter>) -> bool {
            std::ptr::eq(self, Arc::as_ptr(&other))
        }

        pub fn sum(&self, others: Vec<Arc<Counter>>, one: &Counter) -> u32 {
            self.value() + one.value() + others.iter().map(|other| other.value()).sum::<u32>()
        }

        #[skip]
        pub fn for_rust(&mut self) {}

        const STEP: u32 = 10;

        fn private(&self) {
            self.value.store(u32::MAX, Ordering::Relaxed);
        }
    }

    #[cfg(any())]
    impl Counter {
        pub fn left_out(&self) -> NoSuchType {}
    }

    /// Counts.
    #[object]
    pub struct Counter {
        value: AtomicU32,
        step: u32,
        source: Option<Arc<Self>>,
    }

    impl Drop for Counter {
        fn drop(&mut self) {
            self.private();
        }
    }

    #[object]
    pub struct Door {}

    impl Door {
        pub fn new(open: bool) -> Result<Self, OpenError> {
            if open { Ok(Self {}) } else { Err(OpenError::Locked { tries: 3 }) }
        }
    }

    #[record]
    pub struct Pair {
        pub left: Arc<Counter>,
        pub right: Option<Arc<Counter>>,
    }

    pub fn swap(pair: Pair) -> Pair {
        Pair { right: Some(pair.left.clone()), left: pair.right.unwrap_or(pair.left) }
    }

    #[error]
    #[derive(Debug, thiserror::Error)]
    pub enum OpenError {
        #[error("no url")]
        Empty,
        #[error("locked after {tries}")]
        Locked { tries: u8 },
    }
}

#[test]
fn objects_are_made_by_constructors_statics_and_functions() {
    let host = Host::of("objects");
    let made = host.call("Counter.new", [int(5), int(2)]);
    assert_eq!(made.ran, Ran::Construct);
    let counter = made.value();
    assert_eq!(host.method(&counter, "value", []).value(), int(5));

    let connected = host.call("Counter.connect", [text("mem://")]);
    assert_eq!(connected.ran, Ran::Future);
    assert_eq!(host.method(&connected.value(), "value", []).value(), int(100));
    let refused = host.call("Counter.connect", [text("")]).raised();
    assert_eq!(refused, error(["OpenError", "Empty", "EMPTY"], "no url", []));

    let Value::List(many) = host.call("Counter.many", [int(3)]).value() else { panic!("a list") };
    assert_eq!(host.method(&many[2], "value", []).value(), int(2));

    let door = host.call("Door.new", [Value::Bool(false)]);
    assert_eq!(door.ran, Ran::Construct);
    let locked = error(["OpenError", "Locked", "LOCKED"], "locked after 3", [("tries", int(3))]);
    assert_eq!(door.raised(), locked);
}

#[test]
fn methods_share_their_object() {
    let host = Host::of("objects");
    let counter = host.try_call("Counter.new", None, vec![Some(int(0))]).unwrap().value();
    assert_eq!(host.method(&counter, "add", []).value(), int(10));
    assert_eq!(host.method(&counter, "add_here", []).ran, Ran::Local);
    assert_eq!(host.method(&counter, "value", []).value(), int(10), "a future that nobody polled did nothing");
    let blocking = host.method(&counter, "add_slowly", []);
    assert_eq!((blocking.ran, blocking.value()), (Ran::Blocking, int(20)));

    let fork = host.method(&counter, "fork", []).value();
    assert_ne!(fork, counter);
    assert_eq!(host.method(&fork, "source", []).value(), counter, "the same object, not a copy");
    assert_eq!(host.method(&counter, "same", [counter.clone()]).value(), Value::Bool(true));
    assert_eq!(host.method(&counter, "same", [fork.clone()]).value(), Value::Bool(false));
    let sum = host.method(&counter, "sum", [common::list([fork.clone(), counter.clone()]), fork.clone()]);
    assert_eq!(sum.value(), int(80));
}

#[test]
fn a_pending_method_keeps_its_object() {
    let host = Host::of("objects");
    let counter = host.try_call("Counter.new", None, vec![Some(int(0))]).unwrap().value();
    let Value::Object(instance) = &counter else { panic!("an object") };
    let weak = Arc::downgrade(&instance.object);
    let pending = host.method(&counter, "add", []);
    drop(counter);
    assert_eq!(weak.strong_count(), 1);
    assert_eq!(pending.value(), int(10));
    assert_eq!(weak.strong_count(), 0);
}

#[test]
fn objects_travel_in_records() {
    let host = Host::of("objects");
    let [a, b] = [1, 2].map(|n| host.try_call("Counter.new", None, vec![Some(int(n))]).unwrap().value());
    let swapped = host.call("swap", [record("Pair", [("left", a.clone()), ("right", b.clone())])]).value();
    assert_eq!(swapped, record("Pair", [("left", b), ("right", a)]));
}

#[test]
fn an_object_of_another_class_is_refused() {
    let host = Host::of("objects");
    let door = host.call("Door.new", [Value::Bool(true)]).value();
    let counter = host.try_call("Counter.new", None, vec![Some(int(0))]).unwrap().value();
    let Value::Object(instance) = counter else { panic!("an object") };
    let refused = host.try_call("Counter.same", Some(instance), vec![Some(door)]).err().unwrap();
    assert_eq!(refused.to_string(), "other: expected Counter, got Door");
}
