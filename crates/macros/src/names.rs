//! How a Rust name is spelled in each language.

/// A name as each language spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) rust: String,
    pub(crate) python: String,
    pub(crate) js: String,
}

/// Where a name stands: that decides which words are taken there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A free function or a parameter: a binding in both languages.
    Binding,
    /// A method or a field: a property in JavaScript, where any word may stand.
    Property,
    /// A field of an error: beside what every exception has already.
    ErrorField,
}

/// Keywords of Python 3.10 and later. Soft keywords (`match`, `case`, `type`, `_`) are ordinary names where ours stand.
/// <https://docs.python.org/3/reference/lexical_analysis.html#keywords>
const PYTHON_KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Words that cannot be bound in an ECMAScript module, which is always strict.
/// <https://tc39.es/ecma262/#sec-keywords-and-reserved-words>
const JS_RESERVED: &[&str] = &[
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// What `BaseException` and the bridge put on a Python exception.
const PYTHON_ERROR_ATTRIBUTES: &[&str] = &["add_note", "args", "code", "with_traceback"];

/// What `Error` and the bridge put on a JavaScript error.
const JS_ERROR_PROPERTIES: &[&str] = &["cause", "code", "message", "name", "stack"];

impl Names {
    /// The spellings of a function, parameter or field.
    pub(crate) fn new(rust: &str, place: Place) -> Self {
        let (mut python, mut js) = (snake(rust), camel(rust));
        let taken_python = PYTHON_KEYWORDS.contains(&python.as_str())
            || place == Place::ErrorField && PYTHON_ERROR_ATTRIBUTES.contains(&python.as_str());
        if taken_python {
            python.push('_');
        }
        let taken_js = match place {
            Place::Binding => JS_RESERVED.contains(&js.as_str()),
            Place::Property => false,
            Place::ErrorField => JS_ERROR_PROPERTIES.contains(&js.as_str()),
        };
        if taken_js {
            js.push('_');
        }
        Self { rust: rust.to_owned(), python, js }
    }
}

/// `get_row`.
pub(crate) fn snake(name: &str) -> String {
    respell(name, |words| words.iter().map(|word| word.to_lowercase()).collect::<Vec<_>>().join("_"))
}

/// `getRow`.
pub(crate) fn camel(name: &str) -> String {
    respell(name, |words| {
        let capitalized = words.iter().enumerate().map(|(i, word)| {
            let lower = word.to_lowercase();
            let mut letters = lower.chars();
            match letters.next() {
                Some(first) if i > 0 => first.to_uppercase().chain(letters).collect(),
                _ => lower,
            }
        });
        capitalized.collect()
    })
}

/// `GET_ROW`.
pub(crate) fn screaming(name: &str) -> String {
    snake(name).to_uppercase()
}

/// Respells what is between leading and trailing underscores, which have a meaning of their own in every language.
fn respell(name: &str, spell: impl FnOnce(&[String]) -> String) -> String {
    let start = name.len() - name.trim_start_matches('_').len();
    if start == name.len() {
        return name.to_owned();
    }
    let end = name.trim_end_matches('_').len();
    format!("{}{}{}", &name[..start], spell(&words(&name[start..end])), &name[end..])
}

/// The words of `get_row`, `GetRow`, `HTTPServer2`: cut at `_`, before a capital that follows a small letter or a
/// digit, and before the last capital of a row of them.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (i, &letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| letters[i]);
        let after = letters.get(i + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|b| !b.is_uppercase() || after.is_some_and(|a| a.is_lowercase()));
        if (letter == '_' || begins) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter != '_' {
            word.push(letter);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
#[path = "names/tests.rs"]
mod tests;
