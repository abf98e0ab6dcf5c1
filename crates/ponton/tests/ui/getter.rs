#[ponton::bridge]
pub mod api {
    #[object]
    pub struct Client {}

    impl Client {
        #[getter]
        pub fn field(&self, index: u32) -> u32 {
            index
        }

        #[getter]
        pub async fn later(&self) -> u32 {
            1
        }

        #[getter]
        pub fn of_class() -> u32 {
            1
        }
    }

    #[getter]
    pub fn free() -> u32 {
        1
    }
}

fn main() {}
