#[ponton::bridge]
pub mod api {
    pub async fn get_row() {}

    #[allow(non_snake_case)]
    pub async fn getRow() {}

    #[record]
    #[allow(non_snake_case)]
    pub struct Row {
        pub row_id: u32,
        pub rowId: u32,
    }

    pub fn params(a_b: u8, a__b: u8) -> u8 {
        a_b + a__b
    }

    pub enum Version {
        Http2,
        HTTP2,
    }
}

fn main() {}
