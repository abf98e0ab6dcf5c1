#[ponton::bridge]
pub mod api {
    pub fn page(#[default("ten")] size: u32) -> u32 {
        size
    }
}

fn main() {}
