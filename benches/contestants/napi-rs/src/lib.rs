//! What the benchmarks call through napi-rs, in its ordinary use: the functions of the crate `ponton` beside this one.

use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Buffer, Promise, Result};
use napi::threadsafe_function::ThreadsafeFunction;
use napi_derive::napi;
use tokio::{sync::watch, task, time};

/// A small record.
#[napi(object)]
pub struct Row {
    pub id: u32,
    pub name: String,
}

/// Ready at once, with nothing.
#[napi]
pub async fn ready() {}

/// Ready at once, with a number.
#[napi]
pub async fn ready_int(value: u32) -> u32 {
    value
}

/// Ready at once: a string in, a record out.
#[napi]
pub async fn ready_row(name: String) -> Row {
    Row { id: 7, name }
}

/// Suspends once.
#[napi]
pub async fn hop() -> u32 {
    task::yield_now().await;
    1
}

/// Suspends `count` times.
#[napi]
pub async fn yields(count: u32) {
    for _ in 0..count {
        task::yield_now().await;
    }
}

/// Waits, in milliseconds.
#[napi]
pub async fn sleep(duration: u32) {
    time::sleep(Duration::from_millis(duration.into())).await;
}

/// Waits `count` times, one after another.
#[napi]
pub async fn sleeps(duration: u32, count: u32) {
    for _ in 0..count {
        time::sleep(Duration::from_millis(duration.into())).await;
    }
}

/// Awaits a function of the host `count` times.
#[napi]
pub async fn call_host(
    function: Arc<ThreadsafeFunction<(), Promise<u32>, (), napi::Status, false>>,
    count: u32,
) -> Result<u32> {
    let mut sum = 0_u32;
    for _ in 0..count {
        sum = sum.wrapping_add(function.call_async(()).await?.await?);
    }
    Ok(sum)
}

/// Awaits what the host hands over.
#[napi]
pub async fn await_host(promise: Promise<u32>) -> Result<u32> {
    promise.await
}

/// A number in and out, without a promise.
#[napi]
pub fn sync_number(value: f64) -> f64 {
    value
}

/// A string in, its length in bytes out.
#[napi]
pub fn sync_string(text: String) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// Bytes in, their number out.
#[napi]
pub fn sync_bytes(data: Buffer) -> u32 {
    u32::try_from(data.len()).unwrap_or(u32::MAX)
}

/// A record in and out.
#[napi]
pub fn sync_row(row: Row) -> Row {
    row
}

/// Bytes in, their number out, awaited.
#[napi]
pub async fn bytes_in(data: Buffer) -> u32 {
    u32::try_from(data.len()).unwrap_or(u32::MAX)
}

/// `size` bytes out.
#[napi]
pub async fn bytes_out(size: u32) -> Buffer {
    vec![7_u8; size as usize].into()
}

/// Holds calls back until it is opened.
#[napi]
pub struct Gate {
    open: watch::Sender<bool>,
}

#[napi]
impl Gate {
    /// A closed gate.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self { open: watch::channel(false).0 }
    }

    /// Waits until the gate is open.
    #[napi]
    pub async fn wait(&self) {
        let mut opened = self.open.subscribe();
        let _ = opened.wait_for(|open| *open).await;
    }

    /// Lets everyone through.
    #[napi]
    pub fn open(&self) {
        self.open.send_replace(true);
    }
}
