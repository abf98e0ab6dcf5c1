//! Progress on stderr, in cargo's manner.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

static QUIET: AtomicBool = AtomicBool::new(false);

/// Says nothing from here on.
pub fn silence() {
    QUIET.store(true, Ordering::Relaxed);
}

/// One line: what is being done, to what.
pub fn step(verb: &str, what: impl Display) {
    if !QUIET.load(Ordering::Relaxed) {
        // A closed stderr is no reason to stop building.
        let _ = writeln!(io::stderr(), "{verb:>12} {what}");
    }
}
