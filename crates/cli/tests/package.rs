//! Descriptions that do not fit together are refused, with what to do about it.

mod common;

use common::{ZOO, function, module, param};
use ponton_cli::api::Language;
use ponton_cli::package::Package;
use ponton_cli::section;
use ponton_core::desc::{CallbackDesc, FnDesc, FnKind, Mode, ModuleDesc, Name, ObjectDesc, TypeDesc};
use ponton_core::ir;

macro_rules! json {
    ($module:expr) => {{
        const MODULE: ModuleDesc = $module;
        const JSON: [u8; ir::json_len(&MODULE)] = ir::json(&MODULE);
        JSON.to_vec()
    }};
}

#[track_caller]
fn assert_refused(json: &[u8], parts: &[&str]) {
    let message = Package::parse(json).unwrap_err().to_string();
    for part in parts {
        assert!(message.contains(part), "{message:?} lacks {part:?}");
    }
}

const NAP: FnDesc = function("sleep", Mode::Async, &[], TypeDesc::Unit);
const SLEEP: &[FnDesc] = &[NAP];

#[test]
fn modules_share_one_namespace() {
    let mut both = json!(module("one", SLEEP));
    both.extend([0, 0, 0]); // the linker pads
    both.extend(json!(module("two", &[function("nap", Mode::Async, &[], TypeDesc::Unit)])));
    let package = Package::parse(&both).unwrap();
    assert_eq!(package.names(Language::Python), ["nap", "sleep"]);
    assert_eq!(package.modules.len(), 2);
}

#[test]
fn a_module_that_the_linker_kept_twice_is_one_module() {
    let mut twice = json!(module("one", SLEEP));
    twice.extend(json!(module("one", SLEEP)));
    assert_eq!(Package::parse(&twice).unwrap().modules.len(), 1);
}

#[test]
fn two_items_of_one_name() {
    let mut both = json!(module("one", SLEEP));
    both.extend(json!(module("two", SLEEP)));
    assert_refused(&both, &["`one`", "`two`", "`sleep`", "rename"]);
}

#[test]
fn two_items_of_one_name_in_javascript_only() {
    const SNAKE: FnDesc =
        FnDesc { name: Name { rust: "a_b", python: "a_b", js: "aB" }, ..function("", Mode::Sync, &[], TypeDesc::Unit) };
    const CAMEL: FnDesc =
        FnDesc { name: Name { rust: "aB", python: "aB", js: "aB" }, ..function("", Mode::Sync, &[], TypeDesc::Unit) };
    let mut both = json!(module("one", &[SNAKE]));
    both.extend(json!(module("two", &[CAMEL])));
    assert_refused(&both, &["`aB`", "JavaScript"]);
}

#[test]
fn names_that_every_package_has() {
    const CLASS: ObjectDesc = ObjectDesc { name: "PanicError", module: "one", doc: "", functions: &[] };
    const OPTIONS: ObjectDesc = ObjectDesc { name: "CallOptions", ..CLASS };
    let json = json!(ModuleDesc { objects: &[CLASS], ..module("one", &[]) });
    assert_refused(&json, &["`PanicError`", "every Python package", "rename"]);
    let json = json!(ModuleDesc { objects: &[OPTIONS], ..module("one", &[]) });
    assert_refused(&json, &["`CallOptions`", "every JavaScript package"]);
}

#[test]
fn a_callback_is_a_class_in_python_and_only_a_type_in_javascript() {
    let package = Package::parse(&json!(ZOO)).unwrap();
    assert!(package.value_names(Language::Python).contains(&"Store"));
    assert!(package.names(Language::JavaScript).contains(&"Store"));
    assert!(!package.value_names(Language::JavaScript).contains(&"Store"));
}

#[test]
fn a_callback_has_a_name_like_any_item() {
    const CALLBACK: CallbackDesc = CallbackDesc { name: "Sleep", module: "one", doc: "", functions: SLEEP };
    const CLASS: ObjectDesc = ObjectDesc { name: "Sleep", module: "two", doc: "", functions: &[] };
    let mut both = json!(ModuleDesc { callbacks: &[CALLBACK], ..module("one", &[]) });
    both.extend(json!(ModuleDesc { objects: &[CLASS], ..module("two", &[]) }));
    assert_refused(&both, &["`one`", "`two`", "`Sleep`", "rename"]);
}

#[test]
fn what_host_code_takes_and_gives_is_there_too() {
    const POINT: TypeDesc = TypeDesc::Record { name: "Point", module: "shared" };
    const STORE: TypeDesc = TypeDesc::Callback { name: "Store", module: "shared" };
    const TAKES: FnDesc = function("f", Mode::Sync, &[param("at", POINT)], TypeDesc::Unit);
    const GIVES: FnDesc = function("f", Mode::Async, &[], POINT);
    const CALLBACK: CallbackDesc = CallbackDesc { name: "Map", module: "one", doc: "", functions: &[GIVES] };
    macro_rules! with {
        ($ty:expr) => {
            json!(module("one", &[function("g", Mode::Async, &[param("value", $ty)], TypeDesc::Unit)]))
        };
    }
    for (json, missing) in [
        (with!(TypeDesc::Function(&TAKES)), "`Point`"),
        (with!(TypeDesc::Function(&GIVES)), "`Point`"),
        (with!(TypeDesc::Future(&POINT)), "`Point`"),
        (with!(STORE), "`Store`"),
        (json!(ModuleDesc { callbacks: &[CALLBACK], ..module("one", &[]) }), "`Point`"),
    ] {
        assert_refused(&json, &["`one`", missing, "`shared`", "not in the library"]);
    }
}

#[test]
fn a_type_of_a_module_that_is_not_there() {
    const POINT: TypeDesc = TypeDesc::Record { name: "Point", module: "shared" };
    let json =
        json!(module("one", &[function("f", Mode::Sync, &[param("at", TypeDesc::List(&POINT))], TypeDesc::Unit)]));
    assert_refused(&json, &["`one`", "`Point`", "`shared`", "not in the library"]);
}

#[test]
fn nothing_to_describe() {
    assert_refused(b"", &["no bridge module", "#[ponton::bridge]"]);
    assert_refused(b"\0\0", &["no bridge module"]);
}

#[test]
fn another_version_and_garbage() {
    assert_refused(br#"{"v":99,"module":"one"}"#, &["version 99", "version 1", "same release"]);
    assert_refused(br#"{"module":"one"}"#, &["version ?"]);
    assert_refused(b"{", &["not JSON"]);
    assert_refused(br#"{"v":1,"module":"one"}"#, &["incomplete"]);
}

#[test]
fn what_one_host_alone_has_says_so() {
    const GET: FnDesc = FnDesc { kind: FnKind::Method, ..function("get", Mode::Async, &[], TypeDesc::Unit) };
    const BLOCK: FnDesc = FnDesc { doc: "Blocks.", ..function("block", Mode::Blocking, &[], TypeDesc::Unit) };
    const PAINT: FnDesc = function("paint", Mode::Async, &[], TypeDesc::Unit);
    const CLIENT: ObjectDesc = ObjectDesc { name: "Client", module: "one", doc: "", functions: &[GET] };
    const BARE: ObjectDesc = ObjectDesc { functions: &[], ..CLIENT };
    const STORE: CallbackDesc = CallbackDesc { name: "Store", module: "one", doc: "", functions: &[GET] };
    const EMPTY: CallbackDesc = CallbackDesc { functions: &[], ..STORE };
    let node = json!(ModuleDesc { objects: &[CLIENT], callbacks: &[EMPTY], ..module("one", &[BLOCK, NAP]) });
    let web = json!(ModuleDesc { objects: &[BARE], callbacks: &[STORE], ..module("one", &[NAP, PAINT]) });
    let merged = Package::parse(&node).unwrap().merge(Package::parse(&web).unwrap());
    let docs: Vec<_> = merged.functions().map(|f| (&*f.name.js, &*f.doc)).collect();
    assert_eq!(docs[0].0, "block");
    assert!(docs[0].1.starts_with("Blocks.\n\nNode.js only"), "{docs:?}");
    assert_eq!(docs[1], ("sleep", ""));
    assert!(docs[2].0 == "paint" && docs[2].1.starts_with("Web only"), "{docs:?}");
    let object = merged.objects().next().unwrap();
    assert!(object.doc.is_empty() && object.functions[0].doc.starts_with("Node.js only"));
    let callback = merged.callbacks().next().unwrap();
    assert!(callback.doc.is_empty() && callback.functions[0].doc.starts_with("Web only"));
}

#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__ponton"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".ponton"))]
static IN_THIS_TEST: [u8; ir::json_len(&ZOO)] = ir::json(&ZOO);

#[test]
fn the_description_is_read_out_of_a_binary() {
    let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let package = Package::parse(&section::description(&this).unwrap()).unwrap();
    assert_eq!(package.modules[0].name, "zoo");
}

#[test]
fn a_file_that_is_no_library() {
    let message = section::description(b"#!/bin/sh").unwrap_err().to_string();
    assert!(message.contains("ELF"), "{message}");
}
