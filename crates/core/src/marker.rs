//! The one place that knows that futures of the web need not be `Send`.

#[cfg(not(target_arch = "wasm32"))]
mod bounds {
    use std::future::Future;
    use std::pin::Pin;

    /// `Send`, except on the web.
    pub trait MaybeSend: Send {}
    impl<T: Send + ?Sized> MaybeSend for T {}
    /// `Sync`, except on the web.
    pub trait MaybeSync: Sync {}
    impl<T: Sync + ?Sized> MaybeSync for T {}
    /// A future on the heap; `Send`, except on the web.
    pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
}

#[cfg(target_arch = "wasm32")]
mod bounds {
    use std::future::Future;
    use std::pin::Pin;

    /// `Send`, except on the web.
    pub trait MaybeSend {}
    impl<T: ?Sized> MaybeSend for T {}
    /// `Sync`, except on the web.
    pub trait MaybeSync {}
    impl<T: ?Sized> MaybeSync for T {}
    /// A future on the heap; `Send`, except on the web.
    pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
}

pub use bounds::{BoxFuture, MaybeSend, MaybeSync};
