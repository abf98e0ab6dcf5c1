#[ponton::bridge]
pub async fn get() {}

#[ponton::bridge]
pub struct Client {}

fn main() {}
