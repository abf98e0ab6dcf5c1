//! Default values: Rust source text as a literal of another language, where it is one.

use crate::api::Language;

/// `source` as `language` writes it; `None` when it is no plain literal.
pub(super) fn literal(source: &str, language: Language) -> Option<String> {
    let source = source.trim();
    if source.is_empty() {
        return None;
    }
    let python = language == Language::Python;
    match source {
        "true" => Some(if python { "True" } else { "true" }.to_owned()),
        "false" => Some(if python { "False" } else { "false" }.to_owned()),
        "None" => Some(if python { "None" } else { "undefined" }.to_owned()),
        _ => number(source).or_else(|| string(source)),
    }
}

/// A decimal number without its suffix.
fn number(source: &str) -> Option<String> {
    let unsigned = source.strip_prefix('-').map_or(source, str::trim_start);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) || unsigned.starts_with("0x") || unsigned.starts_with("0b") {
        return None;
    }
    let end = unsigned.find(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E').unwrap_or(unsigned.len());
    let (digits, suffix) = unsigned.split_at(end);
    let known =
        ["", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize", "f32", "f64"];
    let digits = digits.replace('_', "");
    digits.parse::<f64>().ok()?;
    if !known.contains(&suffix) {
        return None;
    }
    let digits = digits.strip_suffix('.').map_or_else(|| digits.clone(), |whole| format!("{whole}.0"));
    Some(if unsigned == source { digits } else { format!("-{digits}") })
}

/// A string literal, with what makes a `String` of it.
fn string(source: &str) -> Option<String> {
    const OWNERS: [&str; 4] = [".to_owned()", ".to_string()", ".into()", ".to_owned ()"];
    let spaceless = |text: &str| text.split_whitespace().collect::<String>();
    let mut text = source;
    if let Some(inner) = text.strip_prefix("String::from(").and_then(|rest| rest.strip_suffix(')')) {
        text = inner.trim();
    }
    let end = text.rfind('"')? + 1;
    let tail = spaceless(&text[end..]);
    if !tail.is_empty() && !OWNERS.contains(&&*tail) {
        return None;
    }
    let body = text[..end].strip_prefix('"')?.strip_suffix('"')?;
    // What is left out here has another spelling in one of the languages.
    (!body.contains(['"', '\\', '\n'])).then(|| format!("\"{body}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_literals_are_shown_and_nothing_else_is() {
        let shown = [
            ("10", "10"),
            ("1_000u64", "1000"),
            ("-1", "-1"),
            ("1.5f32", "1.5"),
            ("2.", "2.0"),
            ("1e3", "1e3"),
            ("true", "True"),
            ("None", "None"),
            ("\"x\".to_owned()", "\"x\""),
            ("\"x\" . to_owned ()", "\"x\""),
            ("String::from(\"a b\")", "\"a b\""),
        ];
        for (source, expected) in shown {
            assert_eq!(literal(source, Language::Python).as_deref(), Some(expected), "{source}");
        }
        for source in [
            "",
            "Duration::from_millis(1)",
            "0xff",
            "x()",
            "1 + 1",
            "1.max(2)",
            "\"a\\n\"",
            "\"a\".len()",
            "\"a\", \"b\"",
        ] {
            assert_eq!(literal(source, Language::Python), None, "{source}");
        }
    }
}
