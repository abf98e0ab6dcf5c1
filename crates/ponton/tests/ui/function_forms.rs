#[ponton::bridge]
pub mod api {
    pub unsafe fn danger() {}

    pub extern "C" fn callback() {}

    pub unsafe extern "C" fn variadic(_first: u32, _: ...) {}
}

fn main() {}
