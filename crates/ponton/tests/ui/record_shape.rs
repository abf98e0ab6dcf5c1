#[ponton::bridge]
pub mod api {
    #[record]
    pub struct Pair(pub u32, pub u32);

    #[record]
    pub struct Nothing;

    #[record]
    pub struct Empty {}
}

fn main() {}
