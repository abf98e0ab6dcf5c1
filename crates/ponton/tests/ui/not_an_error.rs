#[ponton::bridge]
pub mod api {
    #[error]
    pub enum ApiError {
        Closed,
    }

    pub async fn get() -> Result<u32, ApiError> {
        Err(ApiError::Closed)
    }
}

fn main() {}
