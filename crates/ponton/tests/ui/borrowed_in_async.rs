#[ponton::bridge]
pub mod api {
    #[object]
    pub struct Client {}

    pub async fn text(text: &str) -> usize {
        text.len()
    }

    pub async fn bytes(bytes: &[u8]) -> usize {
        bytes.len()
    }

    pub async fn client(client: &Client) {
        let _ = client;
    }

    #[blocking]
    pub fn hash(bytes: &[u8]) -> usize {
        bytes.len()
    }
}

fn main() {}
