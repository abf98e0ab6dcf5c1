//! Every misuse of `#[ponton::bridge]` is a compile error at what has to change, and says what to write instead.
//!
//! After a change of wording: `TRYBUILD=overwrite cargo test -p ponton --test ui`, and read the diff.

#[test]
fn misuse() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
