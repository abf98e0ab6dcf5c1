#[ponton::bridge]
pub mod api {
    #[cfg_attr(target_arch = "wasm32", local)]
    pub async fn get() {}

    #[cfg_attr(all(), record)]
    pub struct Row {
        pub id: u64,
    }
}

fn main() {}
