#[ponton::bridge]
pub mod api {
    pub async fn bare(#[overflow] f: impl Fn(u32)) {}

    pub async fn empty(#[overflow()] f: impl Fn(u32)) {}

    pub async fn valued(#[overflow = "block"] f: impl Fn(u32)) {}

    pub async fn two(#[overflow(block, coalesce)] f: impl Fn(u32)) {}

    pub async fn two_capacities(#[overflow(capacity = 1, capacity = 2)] f: impl Fn(u32)) {}

    pub async fn none(#[overflow(drop_oldest, capacity = 0)] f: impl Fn(u32)) {}

    pub async fn coalesced(#[overflow(coalesce, capacity = 3)] f: impl Fn(u32)) {}

    #[callback]
    pub trait Log {
        #[overflow]
        fn line(&self, text: String);
    }
}

fn main() {}
