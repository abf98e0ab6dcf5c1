//! Names: no two items of one scope may be spelled alike in a language, and some words are taken.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;

use super::{all_enums, functions};
use crate::errors::Errors;
use crate::ir::{Callback, Cfgs, Field, Function, Kind, Module};
use crate::names::Names;

/// What every generated module exports by itself.
const EXPORTS: &[&str] =
    &["AbortError", "AbortedError", "ForkedError", "LazyPromise", "LiveCall", "PanicError", "live"];

/// Checks every scope of the module.
pub(super) fn module(module: &Module, errors: &mut Errors) {
    exports(module, errors);
    for object in &module.objects {
        methods(&object.functions, errors);
    }
    for function in functions(module) {
        let mut scope = Scope::default();
        for param in &function.params {
            scope.add(&param.ident, &param.names, &Vec::new(), errors);
        }
    }
    for callback in &module.callbacks {
        callback_methods(callback, errors);
    }
    for record in &module.records {
        fields(&record.fields, &["then"], errors);
    }
    for item in &module.enums {
        for variant in &item.variants {
            fields(&variant.fields, &["then", "kind"], errors);
        }
    }
    for item in &module.errors {
        for variant in &item.variants {
            fields(&variant.fields, &["then"], errors);
        }
    }
    for item in all_enums(module) {
        let mut scope = Scope::default();
        for variant in &item.variants {
            let names = Names {
                rust: variant.ident.unraw().to_string(),
                python: variant.code.clone(),
                js: variant.tag.clone(),
            };
            scope.add(&variant.ident, &names, &Vec::new(), errors);
        }
    }
}

fn exports(module: &Module, errors: &mut Errors) {
    let mut scope = Scope::default();
    for function in &module.functions {
        scope.add(&function.ident, &function.names, &function.cfgs, errors);
        if function.names.js == "then" {
            errors.push(
                &function.ident,
                "`then` would make the JavaScript module a thenable, which `await import(..)` calls: name it otherwise",
            );
        }
    }
    let objects = module.objects.iter().map(|object| (&object.ident, &object.cfgs));
    let records = module.records.iter().map(|record| (&record.ident, &record.cfgs));
    let enums = all_enums(module).map(|item| (&item.ident, &item.cfgs));
    let callbacks = module.callbacks.iter().map(|callback| (&callback.ident, &callback.cfgs));
    for (ident, cfgs) in objects.chain(records).chain(enums).chain(callbacks) {
        let rust = ident.unraw().to_string();
        if EXPORTS.contains(&rust.as_str()) {
            errors.push(ident, format!("every generated module exports a `{rust}` of its own: name this otherwise"));
        }
        if matches!(rust.as_str(), "False" | "None" | "True") {
            errors.push(ident, format!("`{rust}` is a keyword of Python: name this otherwise"));
        }
        scope.add(ident, &Names { python: rust.clone(), js: rust.clone(), rust }, cfgs, errors);
    }
}

fn callback_methods(callback: &Callback, errors: &mut Errors) {
    let mut scope = Scope::default();
    for function in &callback.functions {
        if function.names.js == "then" {
            let message =
                "a JavaScript object with a method `then` is a thenable, which `await` calls: name it otherwise";
            errors.push(&function.ident, message);
        }
        scope.add(&function.ident, &function.names, &Vec::new(), errors);
        let mut params = Scope::default();
        for param in &function.params {
            params.add(&param.ident, &param.names, &Vec::new(), errors);
        }
    }
}

fn methods(functions: &[Function], errors: &mut Errors) {
    let (mut instance, mut class) = (Scope::default(), Scope::default());
    for function in functions {
        let Function { ident, names, cfgs, kind, .. } = function;
        match names.js.as_str() {
            "then" => errors.push(
                ident,
                "a JavaScript object with a method `then` is a thenable, which `await` calls: name it otherwise",
            ),
            "constructor" => errors.push(
                ident,
                "`constructor` is taken in a JavaScript class: name it otherwise (a `pub fn new` is the constructor)",
            ),
            "prototype" if *kind == Kind::Static => {
                errors.push(ident, "`prototype` is taken in a JavaScript class: name it otherwise");
            }
            _ => {}
        }
        match kind {
            Kind::Static => class.add(ident, names, cfgs, errors),
            Kind::Constructor => {}
            _ => instance.add(ident, names, cfgs, errors),
        }
    }
    // A Python class has one namespace for both.
    class.meet_in_python(&instance, errors);
}

fn fields(fields: &[Field], taken: &[&str], errors: &mut Errors) {
    let mut scope = Scope::default();
    for field in fields {
        let js = field.names.js.as_str();
        if taken.contains(&js) {
            let why = match js {
                "then" => "a JavaScript object with a `then` is a thenable, which `await` calls",
                _ => "`kind` tells the variants apart in JavaScript",
            };
            errors.push(&field.member, format!("{why}: name the field otherwise"));
        }
        scope.add(&field.member, &field.names, &Vec::new(), errors);
    }
}

/// The names of one scope so far.
#[derive(Default)]
struct Scope {
    python: HashMap<String, (String, bool)>,
    js: HashMap<String, (String, bool)>,
    items: Vec<(TokenStream, Names)>,
}

impl Scope {
    fn add(&mut self, at: impl ToTokens, names: &Names, cfgs: &Cfgs, errors: &mut Errors) {
        if names.rust.starts_with("__") {
            errors.push(&at, "names that begin with `__` belong to the hosts: name it otherwise");
        }
        let mine = (names.rust.clone(), !cfgs.is_empty());
        let spellings = [("Python", &names.python, &mut self.python), ("JavaScript", &names.js, &mut self.js)];
        let mut meets = Vec::new();
        let mut with = String::new();
        for (language, spelling, known) in spellings {
            match known.insert(spelling.clone(), mine.clone()) {
                // Two cfg'd items exclude each other; two of one Rust name are rustc's to report.
                Some((other, gated)) if !(gated && mine.1) && other != mine.0 => {
                    meets.push(format!("`{spelling}` in {language}"));
                    with = other;
                }
                _ => {}
            }
        }
        if !meets.is_empty() {
            let message = format!("`{with}` and `{}` are both {}: rename one", mine.0, meets.join(" and "));
            errors.push(&at, message);
        }
        self.items.push((at.to_token_stream(), names.clone()));
    }

    fn meet_in_python(&self, other: &Self, errors: &mut Errors) {
        for (at, names) in &self.items {
            if let Some((rust, _)) = other.python.get(&names.python).filter(|(rust, _)| *rust != names.rust) {
                let message =
                    format!("`{rust}` and `{}` are both `{}` in Python: rename one", names.rust, names.python);
                errors.push(at, message);
            }
        }
    }
}
