//! The half of Ponton's JavaScript bindings that Node and the browser share.
//!
//! | part | holds |
//! | --- | --- |
//! | [`RUNTIME`] | the JavaScript half: promises, signals, classes, error classes |
//! | [`engine`] | what a binding to an engine has to offer |
//! | [`registry`] | the linked bridge modules, numbered as [`RUNTIME`] numbers them |
//! | [`read`], [`write`] | the type table |
//! | [`args`], [`answer`] | the arguments of a call, and what it gives back |
//! | [`slots`] | the calls that are pending |
//! | [`host`] | the other direction: Rust calls and awaits JavaScript |
//!
//! It knows neither Node-API nor wasm-bindgen.

pub mod answer;
pub mod args;
pub mod engine;
pub mod host;
pub mod read;
pub mod registry;
pub mod slots;
pub mod write;

/// The JavaScript runtime: an expression that is a function of `native` (see the head of `runtime.js`) and gives the
/// finished API.
///
/// Node evaluates it inside the addon; for the web it is `export default` in front of it that makes it a module.
pub const RUNTIME: &str = concat!(
    "(function ponton(native) {\n'use strict';\n",
    include_str!("values.js"),
    include_str!("errors.js"),
    include_str!("host.js"),
    include_str!("calls.js"),
    include_str!("classes.js"),
    include_str!("runtime.js"),
    "\nreturn build();\n})\n//# sourceURL=ponton/runtime.js\n",
);
