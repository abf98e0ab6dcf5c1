#[ponton::bridge]
pub mod api {
    struct Secret {
        key: String,
    }

    #[skip]
    pub struct Internal {}

    #[record]
    pub struct Login {
        pub secret: Vec<Secret>,
    }

    pub fn reveal() -> Secret {
        Secret { key: String::new() }
    }

    pub fn take(internal: Option<Internal>) {
        let _ = internal;
    }
}

fn main() {}
