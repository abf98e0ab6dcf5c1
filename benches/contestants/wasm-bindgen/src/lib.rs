//! What the benchmarks call through wasm-bindgen, in its ordinary use: the functions of `contestants/ponton`.

use std::future::poll_fn;
use std::task::Poll;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A small record: a class with getters, as wasm-bindgen passes structs.
#[wasm_bindgen(getter_with_clone)]
pub struct Row {
    pub id: u32,
    pub name: String,
}

/// Ready at once, with nothing.
#[wasm_bindgen]
pub async fn ready() {}

/// Ready at once, with a number.
#[wasm_bindgen(js_name = readyInt)]
pub async fn ready_int(value: u32) -> u32 {
    value
}

/// Ready at once: a string in, a record out.
#[wasm_bindgen(js_name = readyRow)]
pub async fn ready_row(name: String) -> Row {
    Row { id: 7, name }
}

/// Suspends once.
#[wasm_bindgen]
pub async fn hop() -> u32 {
    yield_now().await;
    1
}

/// Suspends `count` times.
#[wasm_bindgen]
pub async fn yields(count: u32) {
    for _ in 0..count {
        yield_now().await;
    }
}

/// Waits.
#[wasm_bindgen]
pub async fn sleep(millis: u32) {
    gloo_timers::future::TimeoutFuture::new(millis).await;
}

/// Awaits a function of the host `count` times.
#[wasm_bindgen(js_name = callHost)]
pub async fn call_host(function: Function, count: u32) -> Result<u32, JsValue> {
    let mut sum = 0_u32;
    for _ in 0..count {
        let promise: Promise = function.call0(&JsValue::UNDEFINED)?.dyn_into()?;
        let value = JsFuture::from(promise).await?;
        sum = sum.wrapping_add(number(&value)?);
    }
    Ok(sum)
}

/// Awaits what the host hands over.
#[wasm_bindgen(js_name = awaitHost)]
pub async fn await_host(promise: Promise) -> Result<u32, JsValue> {
    number(&JsFuture::from(promise).await?)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the benchmarks send small whole numbers")]
fn number(value: &JsValue) -> Result<u32, JsValue> {
    value.as_f64().map(|number| number as u32).ok_or_else(|| JsError::new("expected a number").into())
}

/// Gives other tasks a turn; wasm-bindgen-futures has no such function of its own.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
