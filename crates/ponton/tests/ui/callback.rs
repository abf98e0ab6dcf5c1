#[ponton::bridge]
pub mod api {
    #[callback]
    pub trait Auth {
        fn token(&self) -> String;
    }

    pub fn on_change(notify: Box<dyn Fn(u32) + Send>) {
        notify(1);
    }
}

fn main() {}
