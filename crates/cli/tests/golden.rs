//! What the printers make of one of everything. `PONTON_BLESS=1 cargo test -p ponton-cli` accepts what they print now.

mod common;

use std::path::Path;
use std::{env, fs};

use common::ZOO;
use ponton_cli::package::Package;
use ponton_cli::print::python::{Style, stub};
use ponton_cli::print::typescript::typings;
use ponton_core::ir;

static JSON: [u8; ir::json_len(&ZOO)] = ir::json(&ZOO);

fn zoo() -> Package {
    Package::parse(&JSON).unwrap()
}

#[track_caller]
fn assert_golden(file: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    if env::var_os("PONTON_BLESS").is_some() {
        fs::write(&path, printed).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    for (number, (golden, printed)) in golden.lines().zip(printed.lines()).enumerate() {
        assert_eq!(printed, golden, "{file}, line {}", number + 1);
    }
    assert_eq!(printed.lines().count(), golden.lines().count(), "{file}: number of lines");
}

#[test]
fn python() {
    assert_golden("zoo.pyi", &stub(&zoo(), Style::Full));
}

/// The stub for `stubtest` differs from the users' by the decorator and what it needs, and by nothing else.
#[test]
fn python_bare() {
    let full = stub(&zoo(), Style::Full);
    let bare = stub(&zoo(), Style::Bare);
    let body = |text: &str| {
        let from = text.find("class ZooError").unwrap();
        text[from..].lines().filter(|line| line.trim() != "@_call").collect::<Vec<_>>().join("\n")
    };
    assert!(full.contains("@_call") && !bare.contains("_call") && !bare.contains("_Call"));
    assert_eq!(body(&full), body(&bare));
}

#[test]
fn typescript() {
    assert_golden("zoo.d.ts", &typings(&zoo()));
}
