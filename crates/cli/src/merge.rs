//! Two descriptions of one crate, for the two hosts that share an npm package.

use crate::api::{Function, Module};
use crate::package::Package;

impl Package {
    /// What the Node.js build (`self`) and the web build offer together; what only one of them has says so in its docs.
    #[must_use]
    pub fn merge(self, web: Self) -> Self {
        let mut web_modules = web.modules;
        let mut modules = Vec::new();
        for node in self.modules {
            let other = web_modules.iter().position(|m| m.name == node.name).map(|at| web_modules.remove(at));
            modules.push(merge_modules(node, other.unwrap_or_else(empty)));
        }
        modules.extend(
            web_modules.into_iter().map(|web| merge_modules(Module { name: web.name.clone(), ..empty() }, web)),
        );
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        Self { modules }
    }
}

fn empty() -> Module {
    Module {
        name: String::new(),
        doc: String::new(),
        functions: Vec::new(),
        objects: Vec::new(),
        records: Vec::new(),
        enums: Vec::new(),
        errors: Vec::new(),
        callbacks: Vec::new(),
    }
}

fn merge_modules(node: Module, web: Module) -> Module {
    Module {
        name: node.name,
        doc: if node.doc.is_empty() { web.doc } else { node.doc },
        functions: merge_functions(node.functions, web.functions),
        objects: merge_items(
            node.objects,
            web.objects,
            |o| &o.name,
            |o| &mut o.doc,
            |node, web| join_functions(&mut node.functions, web.functions),
        ),
        records: merge_items(node.records, web.records, |r| &r.name, |r| &mut r.doc, |_, _| {}),
        enums: merge_items(node.enums, web.enums, |e| &e.name, |e| &mut e.doc, |_, _| {}),
        errors: merge_items(node.errors, web.errors, |e| &e.name, |e| &mut e.doc, |_, _| {}),
        callbacks: merge_items(
            node.callbacks,
            web.callbacks,
            |c| &c.name,
            |c| &mut c.doc,
            |node, web| join_functions(&mut node.functions, web.functions),
        ),
    }
}

fn join_functions(node: &mut Vec<Function>, web: Vec<Function>) {
    *node = merge_functions(std::mem::take(node), web);
}

fn merge_functions(node: Vec<Function>, web: Vec<Function>) -> Vec<Function> {
    merge_items(node, web, |f| &f.name.js, |f| &mut f.doc, |_, _| {})
}

fn merge_items<T>(
    node: Vec<T>,
    mut web: Vec<T>,
    name: impl Fn(&T) -> &String,
    doc: impl Fn(&mut T) -> &mut String,
    join: impl Fn(&mut T, T),
) -> Vec<T> {
    let mut merged = Vec::with_capacity(node.len());
    for mut item in node {
        match web.iter().position(|other| name(other) == name(&item)) {
            Some(at) => join(&mut item, web.remove(at)),
            None => note(doc(&mut item), "Node.js only: the web build does not have it."),
        }
        merged.push(item);
    }
    for mut item in web {
        note(doc(&mut item), "Web only: the Node.js build does not have it.");
        merged.push(item);
    }
    merged
}

fn note(doc: &mut String, text: &str) {
    if !doc.is_empty() {
        doc.push_str("\n\n");
    }
    doc.push_str(text);
}
