//! What differs between a build for one Python and one for all of them (feature `abi3`).
//!
//! Both files offer the same functions. `full` reaches into the interpreter's structures; `limited` keeps to the stable
//! ABI as of 3.12, the first with vectorcall for the types of extensions, and asks Python where that lacks something.
//! No other module knows which of the two it runs on.

#[cfg(not(feature = "abi3"))]
mod full;
#[cfg(feature = "abi3")]
mod limited;

#[cfg(not(feature = "abi3"))]
pub(crate) use self::full::*;
#[cfg(feature = "abi3")]
pub(crate) use self::limited::*;

/// The days, seconds and microseconds of a `timedelta`. The last two are those of one day and one second.
pub(crate) type DeltaParts = (i32, i32, i32);
