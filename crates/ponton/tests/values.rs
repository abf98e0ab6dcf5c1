//! Every row of the type table goes out and comes in again, through the macro's glue.

#![allow(missing_docs, unreachable_pub, reason = "bridge modules of a test")]
#![allow(clippy::semicolon_if_nothing_returned, clippy::unused_unit, reason = "`()` is a row of the type table")]

mod common;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use common::{Host, Value, bytes, int, list, plain, record, text, tuple, union};

/// Types that [`table`] names.
#[ponton::bridge(crate = crate::common)]
pub mod shared {
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Level {
        Low,
        VeryHigh = 7,
    }

    #[record]
    pub struct Point {
        pub x: f64,
        pub y_axis: f64,
    }
}

#[ponton::bridge(crate = crate::common)]
pub mod table {
    use std::collections::BTreeMap;

    use super::shared::{Level, Point};
    use ponton::prelude::*;

    type Id = u64;
    type Maybe<T> = Option<T>;
    type Pairs = Vec<(String, Maybe<Id>)>;

    #[record]
    pub struct Node {
        pub name: String,
        pub children: Vec<Self>,
        pub parent: Option<Box<Node>>,
    }

    /// With names that a language reserves.
    #[record]
    pub struct Mail {
        pub from: String,
        pub r#type: Level,
        pub sent_at: Option<SystemTime>,
    }

    pub enum Shape {
        Circle { radius: f64, center: Point },
        Named(String),
        Segment(f64, f64),
        Group(Vec<Shape>),
        Empty,
    }

    macro_rules! echo {
        ($($name:ident: $ty:ty),* $(,)?) => { $( pub(super) fn $name(value: $ty) -> $ty { value } )* };
    }
    // Items of a macro are not bridged: only what is written in the module is.
    echo!(hidden: u8);

    pub fn of_bool(value: bool) -> bool {
        value
    }
    pub fn of_i8(value: i8) -> i8 {
        value
    }
    pub fn of_i16(value: i16) -> i16 {
        value
    }
    pub fn of_i32(value: i32) -> i32 {
        value
    }
    pub fn of_i64(value: i64) -> i64 {
        value
    }
    pub fn of_i128(value: i128) -> i128 {
        value
    }
    pub fn of_isize(value: isize) -> isize {
        value
    }
    pub fn of_u8(value: u8) -> u8 {
        value
    }
    pub fn of_u16(value: u16) -> u16 {
        value
    }
    pub fn of_u32(value: u32) -> u32 {
        value
    }
    pub fn of_u64(value: u64) -> u64 {
        value
    }
    pub fn of_u128(value: u128) -> u128 {
        value
    }
    pub fn of_usize(value: usize) -> usize {
        value
    }
    pub fn of_f32(value: f32) -> f32 {
        value
    }
    pub fn of_f64(value: f64) -> f64 {
        value
    }
    pub fn of_string(value: String) -> String {
        value
    }
    pub fn of_bytes(value: Bytes) -> Bytes {
        value
    }
    pub fn of_vec_u8(value: Vec<u8>) -> Vec<u8> {
        value
    }
    pub fn of_list(value: Vec<u16>) -> Vec<u16> {
        value
    }
    pub fn of_map(value: HashMap<String, Vec<i32>>) -> HashMap<String, Vec<i32>> {
        value
    }
    pub fn of_tree(value: BTreeMap<String, u8>) -> BTreeMap<String, u8> {
        value
    }
    pub fn of_tuple(value: (u8, String, Option<bool>)) -> (u8, String, Option<bool>) {
        value
    }
    pub fn of_option(value: Option<u8>) -> Option<u8> {
        value
    }
    pub fn of_duration(value: Duration) -> Duration {
        value
    }
    pub fn of_time(value: SystemTime) -> SystemTime {
        value
    }
    pub fn of_unit(value: ()) -> () {
        value
    }
    pub fn of_alias(value: Pairs) -> Pairs {
        value
    }
    pub fn of_level(value: Level) -> Level {
        value
    }
    pub fn of_point(value: Point) -> Point {
        value
    }
    pub fn of_node(value: Node) -> Node {
        value
    }
    pub fn of_mail(value: Mail) -> Mail {
        value
    }
    pub fn of_shape(value: Shape) -> Shape {
        value
    }

    pub fn text_len(text: &str) -> usize {
        text.len()
    }
    pub fn bytes_sum(bytes: &[u8]) -> u32 {
        bytes.iter().copied().map(u32::from).sum()
    }
    pub fn count(node: &Node) -> usize {
        1 + node.children.iter().map(count).sum::<usize>()
    }
    pub fn is_low(level: &Level) -> bool {
        *level == Level::Low
    }
}

fn echo(name: &str, value: impl Into<Value>) {
    let (host, value) = (Host::of("table"), value.into());
    assert_eq!(host.call(name, [value.clone()]).value(), value, "{name}");
}

fn refused(name: &str, value: Value) -> String {
    let refused = Host::of("table").try_call(name, None, vec![Some(value)]);
    refused.err().unwrap_or_else(|| panic!("{name} took it")).to_string()
}

#[test]
fn integers_cross_at_their_limits() {
    for (name, min, max) in [
        ("of_i8", i8::MIN.into(), i8::MAX.into()),
        ("of_i16", i16::MIN.into(), i16::MAX.into()),
        ("of_i32", i32::MIN.into(), i32::MAX.into()),
        ("of_i64", i64::MIN.into(), i64::MAX.into()),
        ("of_i128", i128::MIN, i128::MAX),
        ("of_isize", isize::MIN as i128, isize::MAX as i128),
        ("of_u8", 0, u8::MAX.into()),
        ("of_u16", 0, u16::MAX.into()),
        ("of_u32", 0, u32::MAX.into()),
        ("of_u64", 0, u64::MAX.into()),
        ("of_usize", 0, usize::MAX as i128),
    ] {
        echo(name, int(min));
        echo(name, int(max));
        if let (Some(below), Some(above)) = (min.checked_sub(1), max.checked_add(1)) {
            assert!(refused(name, int(below)).contains("out of range"));
            assert!(refused(name, int(above)).contains("out of range"));
        }
    }
    echo("of_u128", Value::Int(false, u128::MAX));
    assert!(refused("of_u128", int(-1)).contains("out of range"));
}

#[test]
fn scalars_cross() {
    echo("of_bool", Value::Bool(true));
    echo("of_f64", Value::Float(-0.5));
    echo("of_f32", Value::Float(0.25));
    echo("of_string", text("grüße 🦀"));
    echo("of_unit", Value::None);
    echo("of_duration", Value::Duration(Duration::new(3, 7)));
    echo("of_time", Value::Time(SystemTime::UNIX_EPOCH + Duration::from_secs(9)));
}

#[test]
fn bytes_are_no_list() {
    echo("of_bytes", bytes(b"\0\xff"));
    echo("of_vec_u8", bytes(b"raw"));
    assert_eq!(refused("of_vec_u8", list([int(1)])), "value: expected bytes, got List([Int(false, 1)])");
}

#[test]
fn containers_cross() {
    echo("of_list", list([int(1), int(65535)]));
    echo("of_map", Value::Map(BTreeMap::from([("a".into(), list([int(-1)])), ("b".into(), list([]))])));
    echo("of_tree", Value::Map(BTreeMap::from([("z".into(), int(1)), ("a".into(), int(2))])));
    echo("of_tuple", tuple([int(1), text("x"), Value::None]));
    echo("of_option", Value::None);
    echo("of_option", int(8));
    echo("of_alias", list([tuple([text("a"), int(1)]), tuple([text("b"), Value::None])]));
}

#[test]
fn records_and_enums_cross_also_those_of_another_module() {
    let point = record("Point", [("x", Value::Float(1.0)), ("yAxis", Value::Float(2.0))]);
    echo("of_point", point.clone());
    echo("of_level", plain("Level", "low"));
    echo("of_level", plain("Level", "veryHigh"));
    echo("of_shape", union("Shape", "circle", [("radius", Value::Float(3.0)), ("center", point)]));
    echo("of_shape", union("Shape", "named", [("value", text("n"))]));
    echo("of_shape", union("Shape", "segment", [("value0", Value::Float(1.0)), ("value1", Value::Float(2.0))]));
    let empty = union("Shape", "empty", []);
    echo("of_shape", union("Shape", "group", [("value", list([empty.clone(), empty]))]));
}

#[test]
fn recursive_records_cross() {
    let leaf = |name| record("Node", [("name", text(name)), ("children", list([])), ("parent", Value::None)]);
    let tree =
        record("Node", [("name", text("root")), ("children", list([leaf("a"), leaf("b")])), ("parent", leaf("above"))]);
    echo("of_node", tree.clone());
    assert_eq!(Host::of("table").call("count", [tree]).value(), int(3));
}

#[test]
fn optional_fields_may_be_left_out() {
    let host = Host::of("table");
    let short = record("Mail", [("from", text("me")), ("type", plain("Level", "low"))]);
    let long = record("Mail", [("from", text("me")), ("type", plain("Level", "low")), ("sentAt", Value::None)]);
    assert_eq!(host.call("of_mail", [short]).value(), long);
}

#[test]
fn borrowed_arguments_are_read_and_lent() {
    let host = Host::of("table");
    assert_eq!(host.call("text_len", [text("four")]).value(), int(4));
    assert_eq!(host.call("bytes_sum", [bytes(&[1, 200, 100])]).value(), int(301));
    assert_eq!(host.call("is_low", [plain("Level", "low")]).value(), Value::Bool(true));
}

#[test]
fn an_error_names_the_place() {
    let wrong = record("Node", [("name", text("root")), ("children", list([int(3)])), ("parent", Value::None)]);
    assert_eq!(refused("of_node", wrong), "value.children[0]: expected Node, got Int(false, 3)");
    let missing = record("Mail", [("type", plain("Level", "low"))]);
    assert_eq!(refused("of_mail", missing), "value.from: missing");
    assert_eq!(refused("of_level", plain("Level", "middle")), "value: Level has no middle");
    assert_eq!(refused("of_tuple", tuple([int(1), int(2), Value::None])), "value[1]: expected text, got Int(false, 2)");
}

#[test]
fn items_of_a_macro_are_not_bridged() {
    assert_eq!(table::hidden(1), 1);
    assert!(!Host::of("table").visited.contains(&"hidden"));
}
