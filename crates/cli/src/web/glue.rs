//! wasm-bindgen's glue, opened up for bundlers: they leave out what is not in use, where they can see that it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What the loader needs of it beside its exports: its own ways to load a module are many, and large.
const INNER: [&str; 2] = ["__wbg_get_imports", "__wbg_finalize_init"];

/// Blocks that are never entered: for browsers that are older than the modules of today, which do not load there anyway;
/// for modules that cannot grow a text.
const BLOCKS: [&str; 2] = ["if (!('encodeInto' in cachedTextEncoder)) {\n", "    if (realloc === undefined) {\n"];

/// How wasm-bindgen begins the names that it makes.
const PREFIX: &str = "__wbg_";

/// What to call the imports of those names instead: without the hash at their end, which nothing compresses, where they
/// still differ.
pub(super) fn short(names: &[String]) -> BTreeMap<String, String> {
    let bare = |name: &str| {
        let (bare, hash) = name.strip_prefix(PREFIX)?.rsplit_once('_')?;
        (hash.len() == 16 && !bare.is_empty()).then(|| bare.to_owned())
    };
    let mut times = BTreeMap::<_, u32>::new();
    names.iter().filter_map(|name| bare(name)).for_each(|bare| *times.entry(bare).or_default() += 1);
    let short = names.iter().filter_map(|name| Some((name.clone(), bare(name)?)));
    short.filter(|(_, bare)| times[bare] == 1 && !names.contains(bare)).collect()
}

/// The glue with names for what the loader needs and for what it imports, and with those of `short` for what it gives.
pub(super) fn open(
    glue: &str,
    imports: &BTreeMap<String, Vec<String>>,
    short: &BTreeMap<String, String>,
) -> Result<String, String> {
    if let Some(missing) = INNER.iter().find(|name| !glue.contains(&format!("function {name}("))) {
        return Err(format!("its glue has no `{missing}`"));
    }
    if let Some(missing) = short.keys().find(|name| !glue.contains(&format!(" {name}:"))) {
        return Err(format!("its glue does not give `{missing}`"));
    }
    let glue = BLOCKS.iter().fold(glue.to_owned(), |glue, begin| without(&glue, begin));
    let glue = short.iter().fold(glue, |glue, (long, short)| glue.replace(&format!(" {long}:"), &format!(" {short}:")));
    let glue = by_name(&glue, imports);
    Ok(format!("{glue}\nexport {{ {} }};\n", INNER.join(", ")))
}

/// The glue without the block that begins so, if there is one.
fn without(glue: &str, begin: &str) -> String {
    let indent = &begin[..begin.len() - begin.trim_start().len()];
    let end = format!("\n{indent}}}\n");
    let block = glue.find(begin).and_then(|at| Some((at, at + glue[at..].find(&end)? + end.len())));
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

    use super::{by_name, short, without};

    #[test]
    fn a_block_goes() {
        assert_eq!(without("a;\nif (x) {\n    b;\n}\nc;\n", "if (x) {\n"), "a;\nc;\n");
        assert_eq!(without("a;\n", "if (x) {\n"), "a;\n");
        assert_eq!(without("f {\n  if (x) {\n    b;\n  }\n  c;\n}\n", "  if (x) {\n"), "f {\n  c;\n}\n");
    }

    #[test]
    fn a_name_loses_its_hash_where_it_still_differs() {
        let names = ["__wbg_add_0123456789abcdef", "__wbg_new_0123456789abcdef", "__wbg_new_fedcba9876543210", "table"];
        let short = short(&names.map(str::to_owned));
        assert_eq!(short, BTreeMap::from([(names[0].to_owned(), "add".to_owned())]));
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
