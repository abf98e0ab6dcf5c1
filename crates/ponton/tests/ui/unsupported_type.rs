#[ponton::bridge]
pub mod api {
    use std::path::PathBuf;

    pub async fn open(path: PathBuf) {
        drop(path);
    }

    pub async fn home() -> PathBuf {
        PathBuf::new()
    }
}

fn main() {}
