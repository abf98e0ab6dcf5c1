//! What the benchmarks call through Ponton. The peers' crates beside this one have the same functions.

/// The functions of the benchmarks.
#[ponton::bridge]
pub mod bench {
    use ponton::prelude::*;
    use ponton::{task, time};
    use tokio::sync::watch;

    /// A small record.
    #[record]
    pub struct Row {
        pub id: u32,
        pub name: String,
    }

    /// Ready at once, with nothing.
    pub async fn ready() {}

    /// Ready at once, with a number.
    pub async fn ready_int(value: u32) -> u32 {
        value
    }

    /// Ready at once: a string in, a record out.
    pub async fn ready_row(name: String) -> Row {
        Row { id: 7, name }
    }

    /// Suspends once.
    pub async fn hop() -> u32 {
        task::yield_now().await;
        1
    }

    /// Suspends once, and is polled by the runtime's workers only.
    #[spawn]
    pub async fn hop_spawn() -> u32 {
        task::yield_now().await;
        1
    }

    /// Suspends once, on the thread of the host's loop.
    #[local]
    pub async fn hop_local() -> u32 {
        task::yield_now().await;
        1
    }

    /// Suspends `count` times.
    pub async fn yields(count: u32) {
        for _ in 0..count {
            task::yield_now().await;
        }
    }

    /// Suspends `count` times, on the thread of the host's loop.
    #[local]
    pub async fn yields_local(count: u32) {
        for _ in 0..count {
            task::yield_now().await;
        }
    }

    /// Waits.
    pub async fn sleep(duration: Duration) {
        time::sleep(duration).await;
    }

    /// Waits, polled on the thread of the host's loop.
    #[local]
    pub async fn sleep_local(duration: Duration) {
        time::sleep(duration).await;
    }

    /// Waits `count` times, one after another.
    pub async fn sleeps(duration: Duration, count: u32) {
        for _ in 0..count {
            time::sleep(duration).await;
        }
    }

    /// Awaits a function of the host `count` times.
    pub async fn call_host(function: impl AsyncFn() -> u32, count: u32) -> u32 {
        let mut sum = 0_u32;
        for _ in 0..count {
            sum = sum.wrapping_add(function().await);
        }
        sum
    }

    /// Awaits what the host hands over.
    pub async fn await_host(future: HostFuture<u32>) -> Result<u32, HostError> {
        future.await
    }

    /// A number in and out, without a promise.
    pub fn sync_number(value: f64) -> f64 {
        value
    }

    /// A string in, its length in bytes out.
    pub fn sync_string(text: &str) -> u32 {
        u32::try_from(text.len()).unwrap_or(u32::MAX)
    }

    /// Bytes in, their number out.
    pub fn sync_bytes(data: &[u8]) -> u32 {
        u32::try_from(data.len()).unwrap_or(u32::MAX)
    }

    /// A record in and out.
    pub fn sync_row(row: Row) -> Row {
        row
    }

    /// Bytes in, their number out, awaited.
    pub async fn bytes_in(data: Bytes) -> u32 {
        u32::try_from(data.len()).unwrap_or(u32::MAX)
    }

    /// `size` bytes out.
    pub async fn bytes_out(size: u32) -> Bytes {
        vec![7_u8; size as usize].into()
    }

    /// Holds calls back until it is opened.
    #[object]
    pub struct Gate {
        open: watch::Sender<bool>,
    }

    impl Gate {
        /// A closed gate.
        pub fn new() -> Self {
            Self { open: watch::channel(false).0 }
        }

        /// Waits until the gate is open.
        pub async fn wait(&self) {
            let mut opened = self.open.subscribe();
            let _ = opened.wait_for(|open| *open).await;
        }

        /// Lets everyone through.
        pub fn open(&self) {
            self.open.send_replace(true);
        }
    }
}
