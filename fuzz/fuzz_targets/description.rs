//! The JSON of a description: what is accepted can be printed in every language.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ponton_cli::package::Package;
use ponton_cli::print::{python, typescript};

fuzz_target!(|json: &[u8]| {
    if let Ok(package) = Package::parse(json) {
        let _ = python::stub(&package, python::Style::Full);
        let _ = python::all(&package);
        let _ = typescript::typings(&package);
        let _ = package.clone().merge(package);
    }
});
