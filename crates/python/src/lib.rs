//! Ponton's Python binding: one extension module per author crate.
//!
//! | module | holds |
//! | --- | --- |
//! | `py` | the C API behind small safe types |
//! | `entry`, `module`, `classes` | `PyInit__native`: functions, classes, errors of every bridge module |
//! | `function`, `bind`, `call` | the callable type, its argument rules, and the core's `Call` |
//! | `awaitable` | the lazy form: a `collections.abc.Coroutine` |
//! | `future` | the started form: what `asyncio.isfuture` accepts |
//! | `host`, `task` | where a task is polled, and how it finds its future again |
//! | `asyncio`, `bell`, `wake`, `waker` | one queue per loop, one wake per batch |
//! | `fork`, `exit` | what a forked child must leave alone; the end of the interpreter |
//! | `trio` | a run of trio's as such a loop |
//! | `live` | the calls in flight |
//! | `read`, `write`, `time`, `buffer`, `instance` | the type table |
//!
//! Worker threads never attach to the interpreter: they push to a loop's queue, and values are converted on the
//! loop's own thread.
//!
//! Without the feature `extension` the crate is empty.
#![cfg(all(not(target_arch = "wasm32"), feature = "extension"))]

mod asyncio;
mod awaitable;
mod bell;
mod bind;
mod buffer;
mod call;
mod callee;
mod classes;
mod entry;
mod error;
mod exit;
mod fork;
mod function;
mod future;
mod handle;
mod host;
mod instance;
mod lane;
mod live;
mod module;
mod py;
mod read;
mod reply;
mod signature;
mod state;
mod task;
#[cfg(feature = "pyo3-async-runtimes")]
mod task_locals;
mod time;
mod trio;
mod wake;
mod waker;
mod write;

pub use self::entry::Entry;
