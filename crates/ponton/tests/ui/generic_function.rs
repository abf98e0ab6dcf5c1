#[ponton::bridge]
pub mod api {
    pub fn identity<T>(value: T) -> T {
        value
    }

    pub fn first<'a>(text: &'a str) -> usize {
        text.len()
    }

    pub fn sum<const N: usize>(items: [u8; N]) -> usize {
        items.len()
    }
}

fn main() {}
