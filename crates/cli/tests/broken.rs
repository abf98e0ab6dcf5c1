//! Artifacts that are damaged give an error, never a panic. `make fuzz` looks for more of them, from the same seeds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use ponton_cli::package::Package;
use ponton_cli::print::{python, typescript};
use ponton_cli::section;

fn seeds(kind: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(kind);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn read(artifact: &[u8]) -> Result<Package> {
    Package::parse(&section::description(artifact)?)
}

fn print(package: &Package) {
    assert!(python::stub(package, python::Style::Full).contains("__all__"));
    assert!(!typescript::typings(package).is_empty());
}

/// Each of them, cut short at every byte, and with every byte changed in three ways.
fn damaged(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let cut = (0..whole.len()).map(|len| whole[..len].to_vec());
    let changed = (0..whole.len()).flat_map(|at| {
        [0x00, 0x80, 0xff].map(|bits| {
            let mut copy = whole.to_vec();
            copy[at] = if bits == 0 { 0 } else { copy[at] ^ bits };
            copy
        })
    });
    cut.chain(changed)
}

#[test]
fn an_artifact_of_each_kind_is_read() {
    let seeds = seeds("section");
    assert_eq!(seeds.len(), 4, "ELF, Mach-O, PE, wasm");
    for (path, artifact) in seeds {
        let package = read(&artifact).unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
        assert_eq!(package.modules[0].name, "a");
    }
}

#[test]
fn a_damaged_artifact_is_refused_or_read() {
    for (path, artifact) in seeds("section") {
        let refused = damaged(&artifact).filter(|damaged| read(damaged).is_err()).count();
        assert!(refused > 0, "{}", path.display());
    }
}

#[test]
fn a_damaged_description_is_refused_or_printed() {
    for (path, json) in seeds("description") {
        print(&Package::parse(&json).unwrap_or_else(|error| panic!("{}: {error:#}", path.display())));
        let mut refused = 0;
        for damaged in damaged(&json) {
            match Package::parse(&damaged) {
                Ok(package) => print(&package),
                Err(error) => {
                    refused += 1;
                    assert!(!error.to_string().is_empty());
                }
            }
        }
        assert!(refused > json.len() / 2, "{}", path.display());
    }
}
