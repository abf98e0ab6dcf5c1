#[ponton::bridge(rename = "other")]
pub mod api {}

fn main() {}
