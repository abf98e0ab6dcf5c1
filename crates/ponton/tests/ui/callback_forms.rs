#[ponton::bridge]
pub mod api {
    #[callback]
    pub trait Auth {
        fn token(&self) -> String;
        async fn consume(self) -> u32;
        async fn borrow(&self, scope: &str) -> u32;
        async fn with_body(&self) {}
        async fn generic<T>(&self, value: T);
        #[overflow(coalesce)]
        async fn awaited(&self);
        #[spawn]
        async fn placed(&self);
        const LIMIT: u32;
    }

    #[callback]
    trait Private {
        async fn get(&self) -> u32;
    }

    #[callback]
    pub trait Empty {}

    #[callback]
    pub struct NoTrait;
}

fn main() {}
