#[ponton::bridge]
pub mod api {
    use ponton::prelude::*;

    #[callback]
    pub trait Auth {
        async fn token(&self) -> String;
    }

    pub async fn by_impl(auth: impl Auth) {}

    pub async fn by_shared_impl(auth: Option<Arc<impl Auth>>) {}

    pub async fn by_reference(auth: &dyn Auth) {}

    pub async fn boxed(auth: Box<dyn Auth>) {}

    pub fn gives() -> Arc<dyn Auth> {
        unimplemented!()
    }
}

fn main() {}
