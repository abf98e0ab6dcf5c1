//! `performance.now()` as the clock of timers and traces.

use ponton_core::clock;

use crate::host;

/// Microseconds on the page's monotonic clock, whose resolution the browser chooses (5 µs to 100 µs).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and 2^53 µs are 285 years")]
pub(crate) fn now_us() -> u64 {
    (host::now() * 1000.0) as u64
}

/// Makes it the clock of this instance.
pub(crate) fn install() {
    clock::install(now_us);
}
