#[ponton::bridge]
pub mod api {
    #[object]
    pub struct Client {}

    impl Client {
        pub async fn then(&self) {}

        pub fn constructor(&self) {}

        pub fn prototype() {}

        pub fn __init__(&self) {}
    }

    #[record]
    pub struct Step {
        pub then: u32,
    }

    pub enum Shape {
        Circle { kind: String },
    }

    #[record]
    pub struct PanicError {
        pub text: String,
    }

    pub enum None {
        A,
    }

    pub async fn then() {}
}

fn main() {}
