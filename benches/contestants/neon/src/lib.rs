//! What the benchmarks call through Neon, in its ordinary use: the functions of the crate `ponton` beside this one.
//!
//! Neon's numbers are `f64`, its records go through JSON, and its objects are boxes that functions take as arguments.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use neon::prelude::{Context, Cx, Finalize, Handle, JsNumber, JsPromise, NeonResult};
use neon::types::JsUint8Array;
use neon::types::buffer::TypedArray;
use neon::types::extract::{Boxed, Error};
use serde::{Deserialize, Serialize};
use tokio::{sync::watch, task, time};

/// A small record.
#[derive(Deserialize, Serialize)]
struct Row {
    id: u32,
    name: String,
}

fn milliseconds(duration: f64) -> Duration {
    Duration::from_secs_f64(duration / 1e3)
}

#[neon::export]
async fn ready() {}

#[neon::export]
async fn ready_int(value: f64) -> f64 {
    value
}

#[neon::export(json)]
async fn ready_row(name: String) -> Row {
    Row { id: 7, name }
}

/// Suspends once.
#[neon::export]
async fn hop() -> f64 {
    task::yield_now().await;
    1.0
}

/// Waits, in milliseconds.
#[neon::export]
async fn sleep(duration: f64) {
    time::sleep(milliseconds(duration)).await;
}

/// Waits `count` times, one after another.
#[neon::export]
async fn sleeps(duration: f64, count: f64) {
    for _ in 0..count as u32 {
        time::sleep(milliseconds(duration)).await;
    }
}

/// Awaits what the host hands over.
#[neon::export(async)]
fn await_host<'cx>(
    cx: &mut Cx<'cx>,
    promise: Handle<'cx, JsPromise>,
) -> NeonResult<impl Future<Output = Result<f64, Error>> + use<>> {
    let future = promise.to_future(cx, |mut cx, result| {
        let value = result.or_else(|error| cx.throw(error))?;
        Ok(value.downcast_or_throw::<JsNumber, _>(&mut cx)?.value(&mut cx))
    })?;
    Ok(async { Ok(future.await?) })
}

#[neon::export]
fn sync_number(value: f64) -> f64 {
    value
}

/// A string in, its length in bytes out.
#[neon::export]
fn sync_string(text: String) -> f64 {
    text.len() as f64
}

/// Bytes in, their number out.
#[neon::export]
fn sync_bytes<'cx>(cx: &mut Cx<'cx>, data: Handle<'cx, JsUint8Array>) -> f64 {
    data.as_slice(cx).len() as f64
}

#[neon::export(json)]
fn sync_row(row: Row) -> Row {
    row
}

/// Bytes in, their number out, awaited.
#[neon::export]
async fn bytes_in(data: Vec<u8>) -> f64 {
    data.len() as f64
}

/// `size` bytes out.
#[neon::export]
async fn bytes_out(size: f64) -> Vec<u8> {
    vec![7_u8; size as usize]
}

/// Holds calls back until it is opened.
#[derive(Clone)]
struct Gate(Arc<watch::Sender<bool>>);

impl Finalize for Gate {}

/// A closed gate.
#[neon::export]
fn gate() -> Boxed<Gate> {
    Boxed(Gate(Arc::new(watch::channel(false).0)))
}

/// Waits until the gate is open.
#[neon::export]
async fn gate_wait(Boxed(gate): Boxed<Gate>) {
    let mut opened = gate.0.subscribe();
    let _ = opened.wait_for(|open| *open).await;
}

/// Lets everyone through.
#[neon::export]
fn gate_open(Boxed(gate): Boxed<Gate>) {
    gate.0.send_replace(true);
}
