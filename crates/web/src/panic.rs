//! Panics where nothing unwinds: the hook hands over the message, the trap follows, and `host.js` catches it.

use std::panic::{self, PanicHookInfo};

use ponton_core::panic::is_carrying;

use crate::host;

/// Replaces the hook of this instance.
pub(crate) fn install() {
    panic::set_hook(Box::new(announce));
}

fn announce(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let message = match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "Rust panicked with a value that is not text",
    };
    // What the page's own code threw is the page's to report.
    match info.location().filter(|_| !is_carrying()) {
        Some(place) => host::panicked(message, place.file(), place.line(), place.column()),
        None => host::panicked(message, "", 0, 0),
    }
}
