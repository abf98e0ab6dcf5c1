#[ponton::bridge]
mod elsewhere;

fn main() {}
