#[ponton::bridge]
pub mod api {
    use ponton::prelude::*;

    pub async fn filter(keep: impl Fn(u32) -> bool) {}

    #[spawn]
    pub async fn filter_elsewhere(keep: Option<impl Fn(u32, String) -> bool>) {}

    pub fn waits(f: impl AsyncFn(u32) -> u32) {}

    pub async fn keeps(f: Box<dyn AsyncFn(u32) -> u32>) {}

    pub fn keeps_a_value(f: Box<dyn Fn(u32) -> u32 + Send + Sync>) {}

    #[local]
    pub async fn shares_a_value(f: Option<Arc<dyn Fn(u32) -> Result<u32, HostError> + Send + Sync>>) {}

    #[blocking]
    pub fn blocks(f: impl Fn(u32) -> u32) {}

    #[spawn]
    pub async fn overflows_awaited(#[overflow(coalesce)] f: impl Fn(u32) -> BoxFuture<'static, ()>) {}

    pub async fn borrows(f: impl Fn(&str)) {}

    pub async fn in_a_list(f: Vec<impl Fn(u32)>) {}

    pub async fn overflows(#[overflow(coalesce)] f: impl AsyncFn(u32)) {}

    pub async fn unknown(#[overflow(newest)] f: impl Fn(u32)) {}

    pub async fn plain(#[overflow(block)] n: u32) {}
}

fn main() {}
