#[ponton::bridge]
pub mod api {
    #[object]
    pub struct Client {}

    pub fn close(client: Client) {
        drop(client);
    }

    #[record]
    pub struct Session {
        pub client: Client,
    }
}

fn main() {}
