#[ponton::bridge]
pub mod api {
    use std::io;

    pub async fn read() -> io::Result<u32> {
        Ok(1)
    }

    pub fn parse() -> Result<u32, String> {
        Ok(1)
    }
}

fn main() {}
