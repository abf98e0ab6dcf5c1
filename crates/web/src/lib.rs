//! Ponton in the browser, and the time and tasks that authors use there.
//!
//! One instance of the module belongs to one page or worker and runs on its thread: no `Send`, no locks, no second
//! thread anywhere. `panic = "abort"` is the only panic there is on stable Rust, so a panic ends as a trap that
//! `host.js` catches: it puts the stack pointer back and fails the call that was running; nobody's borrow is held while
//! author code runs, so the others go on. Rust may call code of the page's, and that may call Rust: a trap of the inner
//! call leaves the outer one as it was. A trap without a panic (stack overflow, abort, memory exhausted) leaves the
//! instance unusable: everything pending rejects, and `reset()` of those errors makes a fresh one.
//!
//! The loader awaits the module at its top level, so `import { Client } from 'kv'` gives a class that works. That needs
//! an evergreen browser, and no service worker: those refuse top-level `await`.
//!
//! | module | holds |
//! | --- | --- |
//! | [`task`], [`time`], [`runtime`] | the author's API |
//! | `entry`, `calls`, `handles` | the linked modules, calls from JavaScript, objects that it holds |
//! | `engine`, `values`, `values.js` | the browser as an engine of `ponton-js` |
//! | `executor` | the jobs that are due, and their turns |
//! | `running`, `panic` | who is being polled, and what a trap does to them |
//! | `host`, `host.js` | the page's side: hops, timers, traps |
//! | `sections`, `loader.js` | the JavaScript that travels in the module |
#![cfg(target_arch = "wasm32")]

mod calls;
mod clock;
mod engine;
mod entry;
mod executor;
mod handles;
mod host;
mod one_thread;
mod panic;
mod running;
pub mod runtime;
mod sections;
pub mod task;
pub mod time;
mod values;

pub use self::entry::Entry;
