#[ponton::bridge]
pub mod api {
    #[object]
    pub struct Client {}

    impl Client {
        pub fn close(self) {}

        pub async fn shut_down(self: Box<Self>) {}
    }
}

fn main() {}
