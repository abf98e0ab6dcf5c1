#[ponton::bridge]
pub mod api {
    pub fn page(#[default(10)] size: u32, cursor: String) -> u32 {
        let _ = cursor;
        size
    }

    pub fn fine(#[default(10)] size: u32, cursor: Option<String>) -> u32 {
        let _ = cursor;
        size
    }

    pub fn bare(#[default] size: u32) -> u32 {
        size
    }
}

fn main() {}
