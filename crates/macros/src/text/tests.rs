use super::tidy;

#[test]
fn tokens_are_spaced_as_the_author_would() {
    for source in [
        "7",
        "-1",
        "\"a b\"",
        "Duration::from_millis(1)",
        "vec![1, 2]",
        "Some(Level::Low)",
        "2 * STEP",
        "1 << 20",
        "Row { id: 7, body: Bytes::new() }",
        "HashMap<String, Vec<u8>>",
        "Option<Box<Node>>",
        "&'static str",
        "(u8, u8)",
        "60 - 1",
        "!0",
        "x.y()",
    ] {
        assert_eq!(tidy(source.parse().unwrap()), source);
    }
}
