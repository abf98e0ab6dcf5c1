#[ponton::bridge]
pub mod api {
    #[object]
    pub struct Counter {
        value: u32,
    }

    impl Counter {
        pub fn add(&mut self, n: u32) {
            self.value += n;
        }

        pub async fn add_later(&mut self, n: u32) {
            self.value += n;
        }
    }
}

fn main() {}
