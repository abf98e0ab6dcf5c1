#[ponton::bridge]
pub mod api {
    use ponton::prelude::*;

    #[callback]
    pub unsafe trait Risky {
        async fn get(&self) -> u32;
    }

    #[callback]
    pub trait Shown: Send + Sync + 'static + std::fmt::Debug + Clone {
        async fn get(&self) -> u32;
    }

    #[callback]
    pub trait Receivers {
        fn stat();
        fn one(n: u32);
        async fn shared(self: Arc<Self>) -> u32;
        async fn mutable(&mut self) -> u32;
        async fn fine(self: &Self) -> u32;
    }
}

fn main() {}
