#[ponton::bridge]
pub mod api {
    pub fn by_reference(f: &dyn Fn(u32) -> bool) {}

    pub fn by_mutable_reference(f: &mut dyn FnMut(u32, String)) {}

    pub async fn by_impl(f: &impl AsyncFn(u32) -> u32) {}

    pub fn inside(f: Option<&(dyn Fn(u32) + Send)>) {}

    pub async fn generic<F: AsyncFn(u32) -> Result<(), u32>>(f: F) {}

    pub fn by_clause<F>(f: Option<F>)
    where
        F: FnMut(String) + Send,
    {
    }
}

fn main() {}
