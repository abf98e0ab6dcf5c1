//! The linked bridge modules, and the way in for calls.

use std::cell::Cell;

use ponton_core::module::{Function, Module, TypeSlot};
use ponton_core::trace;
use ponton_js::args::Args;
use ponton_js::registry::{Compile, Registry};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::calls::{self, Answer, WebCall};
use crate::engine::Page;
use crate::one_thread::OneThread;
use crate::{clock, handles, host, panic, sections};

/// A bridge module that asks to be exported. The facade's `export!` submits it.
pub struct Entry {
    name: &'static str,
    add: fn(&mut Registry<Thunks>),
}

impl Entry {
    /// Of module `M`.
    pub const fn of<M: Module>() -> Self {
        Self { name: M::DESC.name, add: Registry::add::<M> }
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}

inventory::collect!(Entry);

/// What functions are compiled into.
struct Thunks;

impl Compile for Thunks {
    type Thunk = fn(WebCall<'_>) -> Result<Answer, JsValue>;

    fn compile<F: Function>() -> Self::Thunk {
        |call| F::call(call)
    }
}

static REGISTRY: OneThread<Cell<Option<&Registry<Thunks>>>> = OneThread(Cell::new(None));

fn registry() -> &'static Registry<Thunks> {
    REGISTRY.0.get().unwrap_or_else(|| {
        let collected = Box::leak(Box::new(collect()));
        REGISTRY.0.set(Some(collected));
        collected
    })
}

fn collect() -> Registry<Thunks> {
    // By name, for the linker's order is nobody's. They are few: a sort would weigh more than the rest of this file.
    let mut entries: Vec<&Entry> = Vec::new();
    for entry in inventory::iter::<Entry> {
        let place = entries.iter().position(|other| entry.name < other.name).unwrap_or(entries.len());
        entries.insert(place, entry);
    }
    let mut registry = Registry::new();
    for entry in entries {
        (entry.add)(&mut registry);
    }
    registry
}

/// The place of a declared type among its kind.
pub(crate) fn ordinal(slot: &'static TypeSlot) -> u32 {
    registry().ordinal(slot)
}

/// Starts a fresh instance, whose handles begin at `first_handle`, and describes its modules.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports nothing less")]
pub fn ponton_boot(first_handle: f64) {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    host::connect(&wasm_bindgen::exports());
    // SAFETY: the linker makes it, and nothing has called it yet: an instance boots once, before anything else.
    // Naming it here also keeps the linker from putting a call to it into every export.
    unsafe { __wasm_call_ctors() };
    panic::install();
    clock::install();
    trace::label_thread("loop");
    handles::number_from(first_handle);
    registry().modules().iter().for_each(|json| host::describe(json));
}

/// Calls function `id` with the arguments that the page holds. `null`: it is pending.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports nothing less")]
pub fn ponton_call(id: u32, slot: i32, flags: u32, handle: f64, given: u32) -> JsValue {
    let Some(entry) = registry().function(id as usize) else { return JsValue::UNDEFINED };
    let count = given.min(u32::try_from(entry.desc.params.len()).unwrap_or(u32::MAX));
    let values: Vec<_> = (0..count).map(host::argument).collect();
    let handle = JsValue::from_f64(handle);
    let args = Args { engine: &Page, desc: entry.desc, class: entry.class, handle, values: &values };
    let answer = (entry.thunk)(WebCall { args, slot: slot.cast_unsigned(), flags });
    calls::hand_over(answer.unwrap_or_else(|error| Some(Err(error))))
}

// Here and not in `sections`, because the linker leaves out object files that it finds nothing needed in. And without
// `#[used]`, which would keep a second copy in the module's memory.
#[expect(dead_code, reason = "read from the file, not from the program")]
#[unsafe(link_section = "ponton-runtime")]
static RUNTIME: [u8; sections::RUNTIME.len()] = sections::bytes(sections::RUNTIME);

#[expect(dead_code, reason = "as above")]
#[unsafe(link_section = "ponton-loader")]
static LOADER: [u8; sections::LOADER.len()] = sections::bytes(sections::LOADER);
