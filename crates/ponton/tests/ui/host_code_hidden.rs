#[ponton::bridge]
pub mod api {
    #[skip]
    pub struct Hidden;

    #[object]
    pub struct Client;

    impl Client {
        pub fn get(&self) {}
    }

    pub async fn passes(f: impl AsyncFn(Hidden)) {}

    pub async fn gets(f: impl AsyncFn() -> Client) {}
}

fn main() {}
