#[ponton::bridge]
pub mod api {
    use std::fmt;

    pub async fn read() -> Result<u32, fmt::Error> {
        Ok(1)
    }

    pub fn parse() -> Result<u32, String> {
        Ok(1)
    }
}

fn main() {}
