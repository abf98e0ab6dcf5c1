#[ponton::bridge]
pub mod api {
    #[record]
    pub struct Row {
        pub id: u64,
        body: String,
        pub(crate) tag: String,
    }
}

fn main() {}
