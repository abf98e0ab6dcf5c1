#[ponton::bridge]
pub mod api {
    #[record]
    pub struct Row {
        pub id: u64,
        #[cfg(unix)]
        pub inode: u64,
    }

    pub enum Level {
        Low,
        #[cfg(unix)]
        High,
    }

    pub fn open(#[cfg(unix)] _mode: u32) {}
}

fn main() {}
