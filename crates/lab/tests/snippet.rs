//! Every part shows the code that ran, on every host that can run it.

use std::fs;
use std::path::Path;

use ponton_lab::catalog::scenarios;
use ponton_lab::snippet::snippet;

#[test]
fn regions_of_a_part_are_cut_out_and_dedented() {
    let source =
        "a\n    // lab:begin one two\n    b\n\n      c\n    // lab:end\nd\n# lab:begin two\ne\n    # lab:end\n";
    assert_eq!(snippet(source, "one"), "b\n\n  c");
    assert_eq!(snippet(source, "two"), "b\n\n  c\n\ne");
    assert_eq!(snippet(source, "three"), "");
}

#[test]
fn every_part_has_code_in_every_language_that_has_a_means_for_it() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: String| fs::read_to_string(repository.join(&path)).expect(&path);
    for scenario in scenarios() {
        let snake = scenario.name.replace('-', "_");
        let sources = [
            ("rust", read(format!("crates/lab/src/scenarios/{snake}.rs"))),
            ("python", read(format!("python/ponton/lab/scenarios/{snake}.py"))),
            ("node", read(format!("node/lab/scenarios/{}.mjs", scenario.name))),
        ];
        for part in &scenario.parts {
            for (host, source) in &sources {
                let text = snippet(source, &part.name);
                assert_eq!(text.is_empty(), part.how(host).is_none(), "{} {} {host}", scenario.name, part.name);
                assert_eq!(part.unavailable(host).is_some(), part.how(host).is_none(), "a reason goes with a null");
            }
        }
    }
}
