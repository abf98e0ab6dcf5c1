#[ponton::bridge]
pub mod api {
    pub fn inside(text: Option<&str>) -> usize {
        text.map_or(0, str::len)
    }

    pub fn change(bytes: &mut [u8]) {
        bytes.fill(0);
    }

    pub fn result(text: &str) -> &str {
        text
    }

    pub fn for_ever(text: &'static str) -> usize {
        text.len()
    }

}

fn main() {}
