#[ponton::bridge]
pub mod api {
    pub fn list(list: &Vec<u32>) -> usize {
        list.len()
    }

    pub fn words(words: &[&str]) -> usize {
        words.len()
    }
}

fn main() {}
