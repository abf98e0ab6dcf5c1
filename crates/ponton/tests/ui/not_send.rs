#[ponton::bridge]
pub mod api {
    use std::cell::Cell;
    use std::rc::Rc;

    pub async fn holds() -> u32 {
        let shared = Rc::new(1);
        ponton::task::yield_now().await;
        *shared
    }

    #[object]
    pub struct Counter {
        pub value: Cell<u32>,
    }
}

fn main() {}
