#[ponton::bridge]
pub mod api {
    type Id = Option<(u32, Vec<String>)>;

    #[number]
    pub fn fine(#[number] value: Vec<(Option<u64>, bool)>) -> Result<Vec<i64>, Failure> {
        if value.is_empty() { Err(Failure::Empty) } else { Ok(vec![1]) }
    }

    #[record]
    pub struct Row {
        #[number]
        pub id: Id,
    }

    #[error]
    #[derive(Debug, thiserror::Error)]
    pub enum Failure {
        #[error("empty")]
        Empty,
    }
}

fn main() {}
