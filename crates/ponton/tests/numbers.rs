//! `number`: 64-bit integers as JavaScript numbers.

#![allow(missing_docs, unreachable_pub, reason = "bridge modules of a test")]

mod common;

use common::{Host, Value, error, int, list, number, record, text};

#[ponton::bridge(crate = crate::common)]
pub mod some_numbers {
    #[record]
    pub struct Entry {
        #[number]
        pub id: u64,
        pub hash: u64,
        #[number]
        pub links: Vec<Option<u64>>,
        pub small: u32,
    }

    pub fn entry(id: u64) -> Entry {
        Entry { id, hash: id, links: vec![Some(id), None], small: 1 }
    }

    #[number]
    pub fn direct(#[number] value: u64) -> u64 {
        value
    }

    #[number]
    pub async fn later(value: i64) -> Vec<i64> {
        vec![value]
    }

    #[number]
    pub fn checked(value: u64) -> Result<u64, NumberError> {
        if value == 0 { Err(NumberError::Zero { at: value }) } else { Ok(value) }
    }

    pub fn big(value: u64) -> u64 {
        value
    }

    #[error]
    #[derive(Debug, thiserror::Error)]
    pub enum NumberError {
        #[error("zero")]
        Zero {
            #[number]
            at: u64,
        },
    }
}

#[ponton::bridge(number, crate = crate::common)]
pub mod all_numbers {
    #[record]
    pub struct Entry {
        pub id: u64,
    }

    #[object]
    pub struct Counter {
        start: i64,
    }

    impl Counter {
        pub fn new(start: i64) -> Self {
            Self { start }
        }
        #[getter]
        pub fn start(&self) -> i64 {
            self.start
        }
        pub async fn later(&self) -> i64 {
            self.start
        }
    }

    pub fn entry(id: u64) -> Entry {
        Entry { id }
    }
}

#[test]
fn number_makes_64_bit_integers_numbers_where_it_stands() {
    let host = Host::of("some_numbers");
    let entry = record(
        "Entry",
        [("id", number(5)), ("hash", int(5)), ("links", list([number(5), Value::None])), ("small", int(1))],
    );
    assert_eq!(host.call("entry", [int(5)]).value(), entry);
    assert_eq!(host.call("direct", [int(5)]).value(), number(5));
    assert_eq!(host.call("later", [int(-5)]).value(), list([number(-5)]));
    assert_eq!(host.call("checked", [int(5)]).value(), number(5));
    let zero = error(["NumberError", "Zero", "ZERO"], "zero", [("at", number(0))]);
    assert_eq!(host.call("checked", [int(0)]).raised(), zero);
    assert_eq!(host.call("big", [int(5)]).value(), int(5));
    assert_eq!(host.call("direct", [int(1 << 60)]).raised(), text("beyond 2^53"));
}

#[test]
fn number_on_the_module_is_number_everywhere() {
    let host = Host::of("all_numbers");
    assert_eq!(host.call("entry", [int(5)]).value(), record("Entry", [("id", number(5))]));
    let counter = host.call("Counter.new", [int(9)]).value();
    assert_eq!(host.method(&counter, "start", []).value(), number(9));
    assert_eq!(host.method(&counter, "later", []).value(), number(9));
}
