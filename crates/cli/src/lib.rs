//! The author's command: turns a crate with bridge modules into an importable package per host.
//!
//! | module | does |
//! | --- | --- |
//! | [`cargo`] | finds the author's crate and builds its library |
//! | [`section`], [`package`], [`api`] | the API description: out of the artifact, checked, as data |
//! | [`print`] | `.pyi` and `.d.ts` from it |
//! | [`build`], [`pack`] | the packages: native part, entry, types |
//! | `web` | the wasm module's JavaScript half, by wasm-bindgen |
//!
//! It is thin over cargo, wasm-bindgen, maturin and npm, and never runs what it builds.

pub mod api;
pub mod build;
pub mod cargo;
pub mod host;
mod merge;
pub mod pack;
pub mod package;
pub mod print;
pub mod progress;
pub mod section;
mod web;
