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
//! | [`live`] | what is pending, for who asks |
//! | [`host`] | the other direction: Rust calls and awaits JavaScript |
//!
//! It knows neither Node-API nor wasm-bindgen.

pub mod answer;
pub mod args;
pub mod engine;
pub mod host;
pub mod live;
pub mod read;
pub mod registry;
pub mod slots;
pub mod write;

/// The text of the runtime; `$optional!(name)` gives that of the parts that not every API needs.
macro_rules! runtime {
    ($optional:ident) => {
        concat!(
            "(function ponton(native) {\n'use strict';\n",
            include_str!("values.js"),
            $optional!("maps"),
            include_str!("errors.js"),
            $optional!("error_classes"),
            $optional!("host"),
            include_str!("calls.js"),
            $optional!("classes"),
            include_str!("runtime.js"),
            "\nreturn build();\n})\n//# sourceURL=ponton/runtime.js\n",
        )
    };
}

macro_rules! whole {
    ($name:literal) => {
        include_str!(concat!($name, ".js"))
    };
}

macro_rules! with_and_without {
    ($name:literal) => {
        concat!(
            "//@ ",
            $name,
            "\n",
            include_str!(concat!($name, ".js")),
            "//@ else\n",
            include_str!(concat!("no_", $name, ".js")),
            "//@ end\n"
        )
    };
}

/// The JavaScript runtime: an expression that is a function of `native` (see the head of `runtime.js`) and gives the
/// finished API.
///
/// Node evaluates it inside the addon; for the web it is `export default` in front of it that makes it a module.
pub const RUNTIME: &str = runtime!(whole);

/// The same for the web, where every byte is fetched: `ponton build` leaves out what an API does not need.
///
/// The line `//@ host` begins a part that may be left out, `//@ else` what stands in for it, if anything does, `//@ end` ends
/// that.
pub const RUNTIME_IN_PARTS: &str = runtime!(with_and_without);
