#[ponton::bridge]
pub mod api {
    #[record]
    pub struct Page<T> {
        pub items: Vec<T>,
    }

    #[object]
    pub struct Buffer<const N: usize> {
        bytes: [u8; N],
    }

    impl<const N: usize> Buffer<N> {
        pub fn len(&self) -> usize {
            N
        }
    }

    pub enum Either<A, B> {
        A(A),
        B(B),
    }
}

fn main() {}
