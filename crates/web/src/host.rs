//! What the page does for us: `host.js`, which the module brings along.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/host.js")]
unsafe extern "C" {
    /// Introduces this instance by its exports.
    pub(crate) fn connect(exports: &JsValue);

    /// Hands over the description of a module.
    pub(crate) fn describe(json: &str);

    /// Milliseconds on the monotonic clock.
    pub(crate) fn now() -> f64;

    /// Sets how many milliseconds of turns the page waits for.
    pub(crate) fn patience(milliseconds: f64);

    /// Has [`ponton_turn`](crate::executor) called soon; `polls` count against the page's patience.
    pub(crate) fn hop(polls: u32);

    /// Has [`ponton_run`](crate::executor) called with the function `tick` after `delay` milliseconds.
    pub(crate) fn arm(delay: f64, tick: usize);

    /// Keeps the message of a panic for the trap that follows, and reports it, if it has a place.
    pub(crate) fn panicked(message: &str, file: &str, line: u32, column: u32);

    /// Tells of a call that is pending.
    pub(crate) fn pending(name: &str, age: f64, state: &str);

    /// Argument `index` of the call under way.
    pub(crate) fn argument(index: u32) -> JsValue;
    /// The call under way throws what it answers.
    pub(crate) fn throws();
    /// Calls a function of the JavaScript runtime.
    #[wasm_bindgen(catch)]
    pub(crate) fn call_hook(
        hook: u32,
        a: &JsValue,
        b: &JsValue,
        c: &JsValue,
        d: &JsValue,
        e: &JsValue,
    ) -> Result<JsValue, JsValue>;
}
