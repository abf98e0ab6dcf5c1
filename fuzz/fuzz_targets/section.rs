//! An artifact, of which only the name says what it is: the description's section is found, or an error says why not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ponton_cli::{package::Package, section};

fuzz_target!(|artifact: &[u8]| {
    if let Ok(json) = section::description(artifact) {
        let _ = Package::parse(&json);
    }
});
