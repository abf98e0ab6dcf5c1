//! What can be set on the web. There are no threads and no environment.

use std::cell::Cell;
use std::time::Duration;

pub use ponton_core::errors::SettingError;

use crate::host;

/// Sets for about how long Rust polls before the page gets its turn to render. The default is 8 ms: half a frame. The
/// number of items says nothing here; native hosts want it.
///
/// # Errors
/// When it was set before, or one of the two is zero (the time: less than 1 µs).
pub fn set_drain_budget(items: usize, time: Duration) -> Result<(), SettingError> {
    thread_local! {
        static IS_SET: Cell<bool> = const { Cell::new(false) };
    }
    if items == 0 || time.as_micros() == 0 {
        return Err(SettingError::Zero);
    }
    if IS_SET.replace(true) {
        return Err(SettingError::SetBefore);
    }
    host::patience(time.as_secs_f64() * 1e3);
    Ok(())
}
