//! wasm-bindgen's glue, opened up for bundlers: they leave out what is not in use, where they can see that it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What the loader needs of it beside its exports: its own ways to load a module are many, and large.
const INNER: [&str; 2] = ["__wbg_get_imports", "__wbg_finalize_init"];

/// For browsers that are older than the modules of today, which do not load there anyway.
const ENCODER: &str = "if (!('encodeInto' in cachedTextEncoder)) {\n";

/// The glue with names for what the loader needs and for what it imports.
pub(super) fn open(glue: &str, imports: &BTreeMap<String, Vec<String>>) -> Result<String, String> {
    if let Some(missing) = INNER.iter().find(|name| !glue.contains(&format!("function {name}("))) {
        return Err(format!("its glue has no `{missing}`"));
    }
    let glue = by_name(&without(glue, ENCODER), imports);
    Ok(format!("{glue}\nexport {{ {} }};\n", INNER.join(", ")))
}

/// The glue without the block that begins so, if there is one.
fn without(glue: &str, begin: &str) -> String {
    let block = glue.find(begin).and_then(|at| Some((at, at + glue[at..].find("\n}\n")? + "\n}\n".len())));
    block.map_or_else(|| glue.to_owned(), |(from, to)| [&glue[..from], &glue[to..]].concat())
}

/// The glue with `import * as import1 from 'x'` replaced by imports of what the module takes from there: a bundler keeps
/// every export of a namespace that is used as a value. There is one such line for each import; one is enough.
fn by_name(glue: &str, imports: &BTreeMap<String, Vec<String>>) -> String {
    let mut known = BTreeSet::new();
    let mut again = Vec::new();
    let mut out = String::new();
    for line in glue.split_inclusive('\n') {
        let star = line.trim_end().trim_end_matches(';').strip_prefix("import * as ");
        if let Some((local, from)) = star.and_then(|rest| rest.split_once(" from "))
            && let Some(names) = imports.get(from.trim_matches(['"', '\'']))
        {
            if known.insert(from) {
                let each = |to: &str| names.iter().map(|name| format!("{name}{to}{local}_{name}")).collect::<Vec<_>>();
                let (imported, listed) = (each(" as ").join(", "), each(": ").join(", "));
                let _ = writeln!(out, "import {{ {imported} }} from {from};\nconst {local} = {{ {listed} }};");
            } else {
                again.push(format!(": {local},"));
            }
        } else if !again.iter().any(|entry| line.trim_end().ends_with(entry)) {
            out.push_str(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{by_name, without};

    #[test]
    fn a_block_goes() {
        assert_eq!(without("a;\nif (x) {\n    b;\n}\nc;\n", "if (x) {\n"), "a;\nc;\n");
        assert_eq!(without("a;\n", "if (x) {\n"), "a;\n");
    }

    #[test]
    fn a_namespace_becomes_the_names_that_the_module_takes() {
        let imports = BTreeMap::from([("./a.js".to_owned(), vec!["one".to_owned(), "two".to_owned()])]);
        let glue = "import * as import1 from \"./a.js\"\nimport * as import2 from \"./a.js\"\n\
                    import * as import3 from \"./b.js\"\n{\n\"./a.js\": import1,\n\"./a.js\": import2,\n\"./b.js\": import3,\n}\n";
        let expected = "import { one as import1_one, two as import1_two } from \"./a.js\";\n\
                        const import1 = { one: import1_one, two: import1_two };\n\
                        import * as import3 from \"./b.js\"\n{\n\"./a.js\": import1,\n\"./b.js\": import3,\n}\n";
        assert_eq!(by_name(glue, &imports), expected);
    }
}
