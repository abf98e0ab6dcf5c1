//! Source text from tokens: for defaults in the typings, and for messages.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The tokens as rustfmt would space them, as far as types and short expressions go.
pub(crate) fn tidy(tokens: TokenStream) -> String {
    let mut text = String::new();
    write(tokens, &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    // What the next token needs before it, if it is no punctuation of its own.
    let mut space = false;
    let mut joint = String::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) => {
                joint.push(punct.as_char());
                let more = punct.spacing() == Spacing::Joint
                    && matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() != '\'');
                if !more || punct.as_char() == '\'' {
                    space = operator(&std::mem::take(&mut joint), space, text);
                }
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => (" { ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
                space = true;
            }
            word => {
                if space {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
                space = true;
            }
        }
    }
}

/// Writes an operator; answers whether a word after it needs a space.
fn operator(operator: &str, after_word: bool, text: &mut String) -> bool {
    match operator {
        "," | ";" => {
            text.push_str(operator);
            text.push(' ');
            false
        }
        "::" | "." | "<" | ">" | ">>" | "&" | "'" | "!" | "?" | ".." | "..=" | "#" => {
            text.push_str(operator);
            false
        }
        // A sign.
        "-" | "*" if !after_word => {
            text.push_str(operator);
            false
        }
        ":" => {
            text.push_str(": ");
            false
        }
        _ => {
            text.push(' ');
            text.push_str(operator);
            text.push(' ');
            false
        }
    }
}

#[cfg(test)]
#[path = "text/tests.rs"]
mod tests;
