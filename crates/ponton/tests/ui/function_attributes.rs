#[ponton::bridge]
pub mod api {
    #[blocking]
    pub async fn waits() {}

    #[spawn]
    pub fn starts() {}

    #[local]
    pub fn stays() {}

    #[spawn]
    #[local]
    pub async fn both() {}

    #[spawn(now)]
    pub async fn with_arguments() {}

    #[spawn]
    async fn private() {}

    #[record]
    pub fn data() {}
}

fn main() {}
