//! What of the JavaScript runtime a package needs, and of the exports that only the runtime calls.

use crate::api::Type;
use crate::package::Package;

/// Exports of one part: without it they go, and what they alone reach goes with them.
const EXPORTS: [(&str, &str); 3] =
    [("host", "ponton_answer"), ("host", "ponton_answer_rest"), ("classes", "ponton_release")];

/// The exports that nobody will call.
pub(super) fn unneeded_exports(package: &Package) -> impl Iterator<Item = &'static str> {
    EXPORTS.into_iter().filter(|(part, _)| !needs(package, part)).map(|(_, export)| export)
}

/// Whether the package needs a part of the runtime: the files of that name in `crates/js`.
pub(super) fn needs(package: &Package, part: &str) -> bool {
    match part {
        "maps" => package.uses(|ty| matches!(ty, Type::Map { .. })),
        "error_classes" => package.errors().next().is_some(),
        "host" => package.uses(|ty| matches!(ty, Type::Function { .. } | Type::Callback { .. } | Type::Future { .. })),
        "classes" => package.objects().next().is_some(),
        "enums" => package.enums().any(|each| !each.has_data),
        "sync" => package.functions().chain(package.objects().flat_map(|each| &each.functions)).any(|f| !f.is_async()),
        _ => true,
    }
}

/// The runtime, or the loader, with the parts that are needed; see `RUNTIME_IN_PARTS` in `crates/js`.
pub(super) fn assemble(runtime: &str, needs: impl Fn(&str) -> bool) -> String {
    let (mut out, mut needed, mut taken) = (String::new(), true, true);
    for line in runtime.split_inclusive('\n') {
        match line.trim().strip_prefix("//@ ") {
            Some("end") => taken = true,
            Some("else") => taken = !needed,
            Some(part) => {
                needed = needs(part);
                taken = needed;
            }
            None if taken => out.push_str(line),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::assemble;

    #[test]
    fn a_part_is_in_or_what_stands_in_for_it() {
        let text = "first\n//@ host\nwith\n//@ else\nwithout\n//@ end\n  //@ host\nmore\n  //@ end\nlast\n";
        assert_eq!(assemble(text, |_| true), "first\nwith\nmore\nlast\n");
        assert_eq!(assemble(text, |part| part != "host"), "first\nwithout\nlast\n");
    }
}
