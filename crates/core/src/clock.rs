//! The monotonic clock behind trace times.
//!
//! `std::time::Instant` panics on `wasm32-unknown-unknown`, so a host without it
//! installs its own source with [`install`].

use crate::lock::Once;

type Source = fn() -> u64;

static SOURCE: Once<Source> = Once::new();

/// Installs the host's clock: microseconds since an arbitrary, fixed moment. The first call wins.
pub fn install(source: Source) {
    let _ = SOURCE.set(source);
}

/// Microseconds since an arbitrary, fixed moment of this process.
pub fn now_us() -> u64 {
    SOURCE.get().map_or_else(default_source, |source| source())
}

#[cfg(not(target_arch = "wasm32"))]
fn default_source() -> u64 {
    static START: Once<std::time::Instant> = Once::new();
    let elapsed = START.get_or_init(std::time::Instant::now).elapsed();
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(target_arch = "wasm32")]
fn default_source() -> u64 {
    0
}
