#[ponton::bridge]
pub mod api {
    #[setup]
    pub async fn awaited() {}

    #[setup]
    #[blocking]
    pub fn slow() {}

    #[setup]
    pub fn configure(#[default(2)] threads: u32) {
        let _ = threads;
    }

    #[setup]
    fn private() {}

    #[object]
    pub struct Client {}

    impl Client {
        #[setup]
        pub fn new() -> Self {
            Self {}
        }
    }
}

fn main() {}
