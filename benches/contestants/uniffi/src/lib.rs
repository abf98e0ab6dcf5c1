//! What the benchmarks call through `UniFFI`, with tokio as its manual says.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::{task, time};

uniffi::setup_scaffolding!();

/// A small record.
#[derive(uniffi::Record)]
pub struct Row {
    pub id: u32,
    pub name: String,
}

/// Ready at once, with nothing.
#[uniffi::export]
pub async fn ready() {}

/// Ready at once, with a number.
#[uniffi::export]
pub async fn ready_int(value: u32) -> u32 {
    value
}

/// Ready at once: a string in, a record out.
#[uniffi::export]
pub async fn ready_row(name: String) -> Row {
    Row { id: 7, name }
}

/// Suspends once, in the runtime.
#[uniffi::export(async_runtime = "tokio")]
pub async fn hop() -> u32 {
    let hop = task::spawn(async {
        task::yield_now().await;
        1
    });
    hop.await.unwrap_or_default()
}

/// Waits.
#[uniffi::export(async_runtime = "tokio")]
pub async fn sleep(duration: Duration) {
    time::sleep(duration).await;
}

/// Code of the host's.
#[uniffi::export(with_foreign)]
#[async_trait::async_trait]
pub trait HostCode: Send + Sync {
    async fn answer(&self) -> u32;
}

/// Awaits a method of the host `count` times.
#[uniffi::export]
pub async fn call_host(code: Arc<dyn HostCode>, count: u32) -> u32 {
    let mut sum = 0_u32;
    for _ in 0..count {
        sum = sum.wrapping_add(code.answer().await);
    }
    sum
}

/// Holds calls back until it is opened.
#[derive(uniffi::Object)]
pub struct Gate {
    opened: watch::Sender<bool>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { opened: watch::channel(false).0 }
    }
}

#[uniffi::export]
impl Gate {
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub async fn wait(&self) {
        let mut opened = self.opened.subscribe();
        let _ = opened.wait_for(|open| *open).await;
    }

    pub fn open(&self) {
        self.opened.send_replace(true);
    }
}
