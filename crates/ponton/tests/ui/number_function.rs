#[ponton::bridge]
pub mod api {
    use ponton::prelude::*;

    pub async fn fine_for_one(#[number] _f: impl AsyncFn(u32, Option<u64>) -> String) {}

    pub async fn fine_for_the_result(#[number] _f: impl AsyncFn(u32) -> Result<u64, HostError>) {}

    pub async fn none(#[number] _f: Option<impl Fn(u32, String)>) {}

    #[callback]
    pub trait Store {
        #[number]
        async fn fine(&self, id: u64) -> u32;
        async fn none_taken(&self, #[number] id: u32) -> u64;
        #[number]
        async fn none_at_all(&self, id: u32) -> String;
    }
}

fn main() {}
