//! What may rely on there being no second thread.

#[cfg(target_feature = "atomics")]
compile_error!("ponton-web runs everything on one thread: build without `-C target-feature=+atomics`");

/// A value in a place that asks for `Send` or `Sync`, where no second thread exists.
pub(crate) struct OneThread<T>(pub(crate) T);

// SAFETY: without the `atomics` feature (see above) a wasm instance is entered by the thread that made it and no other:
// its memory cannot be shared.
unsafe impl<T> Send for OneThread<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for OneThread<T> {}
