#[ponton::bridge]
pub mod api {
    pub fn pair((a, b): (u8, u8)) -> u8 {
        a + b
    }

    pub fn nothing(_: u8) {}

    pub fn fine(mut n: u8) -> u8 {
        n += 1;
        n
    }
}

fn main() {}
