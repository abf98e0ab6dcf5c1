#[ponton::bridge]
pub mod api {
    pub enum Never {}
}

fn main() {}
