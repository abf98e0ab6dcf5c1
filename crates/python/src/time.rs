//! Spans and moments: `timedelta` and aware `datetime`.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use ponton_core::convert::{ConvertError, ConvertErrorKind};
use pyo3::ffi;

use crate::py::{Global, Obj, Py, Ref, abi};
use crate::read::{Result, expected};
use crate::state::state;

const SECONDS_PER_DAY: u64 = 86_400;
const MICROS_PER_SECOND: i128 = 1_000_000;

fn refuse<T>(kind: ConvertErrorKind, message: impl Into<std::borrow::Cow<'static, str>>) -> Result<T> {
    Err(ConvertError::new(kind, message).into())
}

/// A `timedelta`, or a number of seconds.
pub(crate) fn read_duration(value: Ref<'_>) -> Result<Duration> {
    if abi::is_delta(value)? {
        let micros = micros_of(value)?;
        let Ok(micros) = u128::try_from(micros) else {
            return refuse(ConvertErrorKind::Value, format!("a duration cannot be negative, got {}", value.display()));
        };
        return Ok(from_micros(micros));
    }
    // SAFETY: alive and attached.
    let number = unsafe { ffi::PyFloat_Check(value.as_ptr()) != 0 || ffi::PyLong_Check(value.as_ptr()) != 0 };
    if !number {
        return expected("timedelta or seconds", value);
    }
    // SAFETY: as above; only an `int` beyond all floats raises.
    let seconds = unsafe { ffi::PyFloat_AsDouble(value.as_ptr()) };
    // SAFETY: attached.
    if unsafe { !ffi::PyErr_Occurred().is_null() } {
        crate::py::Raised.clear(value.py());
        return refuse(ConvertErrorKind::Range, "the number of seconds is too large for a duration");
    }
    if seconds.is_nan() {
        return refuse(ConvertErrorKind::Value, "a duration cannot be NaN");
    }
    if seconds < 0.0 {
        return refuse(ConvertErrorKind::Value, format!("a duration cannot be negative, got {seconds}"));
    }
    Duration::try_from_secs_f64(seconds)
        .or_else(|_| refuse(ConvertErrorKind::Range, format!("{seconds:?} seconds are too long for a duration")))
}

/// The exact length of a `timedelta`.
fn micros_of(delta: Ref<'_>) -> Result<i128> {
    let (days, seconds, micros) = abi::delta_parts(delta)?;
    let seconds = i128::from(days) * i128::from(SECONDS_PER_DAY) + i128::from(seconds);
    Ok(seconds * MICROS_PER_SECOND + i128::from(micros))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a timedelta has less than 2^47 seconds, and the rest is below 10^6"
)]
fn from_micros(micros: u128) -> Duration {
    let per_second = MICROS_PER_SECOND.unsigned_abs();
    Duration::new((micros / per_second) as u64, (micros % per_second) as u32 * 1_000)
}

pub(crate) fn write_duration(py: Py, value: Duration) -> Result<Obj> {
    let days = value.as_secs() / SECONDS_PER_DAY;
    let parts =
        (i32::try_from(days), i32::try_from(value.as_secs() % SECONDS_PER_DAY), i32::try_from(value.subsec_micros()));
    let (Ok(days), Ok(seconds), Ok(micros)) = parts else {
        return refuse(ConvertErrorKind::Range, format!("{value:?} is too long for a timedelta"));
    };
    Ok(abi::new_delta(py, (days, seconds, micros))?)
}

/// 1970-01-01 00:00 UTC.
fn epoch(py: Py) -> Result<Ref<'static>> {
    static EPOCH: OnceLock<Global> = OnceLock::new();
    if let Some(epoch) = EPOCH.get() {
        return Ok(epoch.get(py));
    }
    let made = abi::new_epoch(py)?;
    Ok(EPOCH.get_or_init(|| made.forever()).get(py))
}

/// An aware `datetime`.
pub(crate) fn read_system_time(value: Ref<'_>) -> Result<SystemTime> {
    let py = value.py();
    if !abi::is_datetime(value)? {
        return expected("datetime", value);
    }
    let offset = py.call_method(state(py).names.utcoffset.get(py), &[value], None)?;
    if offset.as_ref().is_none() {
        let message = "the datetime is naive; attach a tzinfo, as in datetime.now(timezone.utc)";
        return refuse(ConvertErrorKind::Value, message);
    }
    // SAFETY: attached; both are aware, so the difference is a `timedelta`.
    let since = unsafe { Obj::owned(py, ffi::PyNumber_Subtract(value.as_ptr(), epoch(py)?.as_ptr()))? };
    // A subclass may answer something else.
    if !abi::is_delta(since.as_ref())? {
        return expected("datetime", value);
    }
    let micros = micros_of(since.as_ref())?;
    let span = from_micros(micros.unsigned_abs());
    let time =
        if micros < 0 { SystemTime::UNIX_EPOCH.checked_sub(span) } else { SystemTime::UNIX_EPOCH.checked_add(span) };
    time.map_or_else(|| refuse(ConvertErrorKind::Range, "the datetime is out of the system clock's range"), Ok)
}

/// An aware `datetime` in UTC.
pub(crate) fn write_system_time(py: Py, value: SystemTime) -> Result<Obj> {
    let (span, before) = match value.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(span) => (span, false),
        Err(error) => (error.duration(), true),
    };
    let (span, epoch) = (write_duration(py, span)?, epoch(py)?);
    let combine = if before { ffi::PyNumber_Subtract } else { ffi::PyNumber_Add };
    // SAFETY: attached; a moment beyond year 1 to 9999 raises `OverflowError`.
    Ok(unsafe { Obj::owned(py, combine(epoch.as_ptr(), span.as_ptr()))? })
}
