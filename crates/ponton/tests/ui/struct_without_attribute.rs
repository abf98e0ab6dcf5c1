#[ponton::bridge]
pub mod api {
    pub struct Row {
        pub id: u64,
    }

    #[record]
    #[object]
    pub struct Both {
        pub id: u64,
    }

    #[record]
    struct Private {
        id: u64,
    }

    #[error]
    pub struct Failure {}

    #[record]
    pub enum Level {
        Low,
    }
}

fn main() {}
