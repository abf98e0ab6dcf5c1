#[ponton::bridge]
pub mod api {
    use ponton::prelude::*;

    #[skip]
    pub struct Hidden;

    pub async fn passes(f: impl AsyncFn(std::rc::Rc<u32>)) {}

    pub async fn gets(f: impl AsyncFn() -> std::net::Ipv4Addr) {}

    pub async fn fails(f: impl AsyncFn() -> Result<(), std::io::Error>) {}

    pub async fn waits(f: HostFuture<std::net::Ipv4Addr>) {}
}

fn main() {}
