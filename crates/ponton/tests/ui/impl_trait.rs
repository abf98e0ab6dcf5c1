#[ponton::bridge]
pub mod api {
    pub async fn shout(text: impl Into<String>) -> String {
        text.into()
    }

    pub fn numbers() -> impl Iterator<Item = u32> {
        0..3
    }

    pub fn later() -> impl Future<Output = u32> {
        async { 1 }
    }
}

fn main() {}
