//! All bridge modules of one artifact: what becomes one importable package.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::api::{Callback, Enum, Function, Language, Module, Object, Record, Type};

/// The version of the JSON form that this command reads.
pub const VERSION: u64 = ponton_core::ir::VERSION as u64;

/// What an artifact offers. Its modules share one namespace.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// By name.
    pub modules: Vec<Module>,
}

impl Package {
    /// Reads the JSON documents of an artifact, one a module, and checks that they fit together.
    ///
    /// # Errors
    /// When there is none, when another version of Ponton wrote one, when two items share a name, or when a
    /// type is referred to and not there.
    pub fn parse(json: &[u8]) -> Result<Self> {
        let mut modules = Vec::<Module>::new();
        // The linker may pad between modules.
        let padded: Vec<u8> = json.iter().map(|&byte| if byte == 0 { b' ' } else { byte }).collect();
        for document in serde_json::Deserializer::from_slice(&padded).into_iter::<serde_json::Value>() {
            let document = document.context("the API description in the artifact is not JSON")?;
            let version = document.get("v").and_then(serde_json::Value::as_u64);
            ensure!(
                version == Some(VERSION),
                "the crate describes its API in version {} of the format, and this `ponton` reads version {VERSION}: \
                 use the `ponton` command of the same release as the crate's `ponton` dependency",
                version.map_or_else(|| "?".to_owned(), |v| v.to_string()),
            );
            let module = Module::deserialize(document).context("the API description in the artifact is incomplete")?;
            // A module compiled into two codegen units is described twice.
            if !modules.contains(&module) {
                modules.push(module);
            }
        }
        ensure!(
            !modules.is_empty(),
            "no bridge module found: mark a public inline module of the crate with `#[ponton::bridge]`, and make sure \
             that the library target reaches it (`pub mod`, or a `mod` that is used)"
        );
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        let package = Self { modules };
        package.check_names(Language::Python)?;
        package.check_names(Language::JavaScript)?;
        package.check_references()?;
        Ok(package)
    }

    /// All free functions.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.modules.iter().flat_map(|m| &m.functions)
    }

    /// All classes.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.modules.iter().flat_map(|m| &m.objects)
    }

    /// All records.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.modules.iter().flat_map(|m| &m.records)
    }

    /// All enums, plain and with data.
    pub fn enums(&self) -> impl Iterator<Item = &Enum> {
        self.modules.iter().flat_map(|m| &m.enums)
    }

    /// All errors.
    pub fn errors(&self) -> impl Iterator<Item = &Enum> {
        self.modules.iter().flat_map(|m| &m.errors)
    }

    /// All traits that the host implements.
    pub fn callbacks(&self) -> impl Iterator<Item = &Callback> {
        self.modules.iter().flat_map(|m| &m.callbacks)
    }

    /// The package's documentation: that of its only module, or of those that have one.
    pub fn doc(&self) -> String {
        let docs = self.modules.iter().map(|m| m.doc.as_str()).filter(|doc| !doc.is_empty());
        docs.collect::<Vec<_>>().join("\n\n")
    }

    /// Every item's name in `language`, sorted, without the common exports.
    pub fn names(&self, language: Language) -> Vec<&str> {
        let mut names: Vec<_> = self.modules.iter().flat_map(|m| exports(m, language)).collect();
        names.sort_unstable();
        names
    }

    /// Names that are values at run time: in JavaScript, records, enums with data and callbacks are types only.
    pub fn value_names(&self, language: Language) -> Vec<&str> {
        let mut names = self.names(language);
        if language == Language::JavaScript {
            let unions = self.enums().filter(|e| e.has_data).map(|e| &*e.name);
            let callbacks = self.callbacks().map(|c| &*c.name);
            let types: HashSet<&str> = self.records().map(|r| &*r.name).chain(unions).chain(callbacks).collect();
            names.retain(|name| !types.contains(name));
        }
        names.extend(language.common_exports());
        names.sort_unstable();
        names
    }

    /// Whether a type that `is` accepts occurs in it.
    pub fn uses(&self, is: impl Fn(&Type) -> bool) -> bool {
        let mut used = false;
        self.modules.iter().for_each(|module| walk_types(module, &mut |ty| used |= is(ty)));
        used
    }

    fn check_names(&self, language: Language) -> Result<()> {
        let mut seen: BTreeMap<&str, &str> = language.reserved().map(|name| (name, "")).collect();
        for module in &self.modules {
            for name in exports(module, language) {
                match seen.insert(name, &module.name) {
                    None => {}
                    Some("") => bail!(
                        "`{name}` of bridge module `{}` has the name of a class that every {language} package \
                         exports: rename it",
                        module.name
                    ),
                    Some(other) => bail!(
                        "bridge modules `{other}` and `{}` both export `{name}` to {language}, and a package has one \
                         namespace: rename one of them",
                        module.name
                    ),
                }
            }
        }
        Ok(())
    }

    fn check_references(&self) -> Result<()> {
        let known: HashSet<(&str, &str)> = self
            .modules
            .iter()
            .flat_map(|m| {
                let records = m.records.iter().map(|r| (&*r.name, &*r.module));
                let enums = m.enums.iter().chain(&m.errors).map(|e| (&*e.name, &*e.module));
                let objects = m.objects.iter().map(|o| (&*o.name, &*o.module));
                let callbacks = m.callbacks.iter().map(|c| (&*c.name, &*c.module));
                records.chain(enums).chain(objects).chain(callbacks)
            })
            .collect();
        for module in &self.modules {
            let mut missing = None;
            walk_types(module, &mut |ty| {
                if let Some(reference) = ty.declared()
                    && !known.contains(&reference)
                {
                    missing = Some(reference);
                }
            });
            if let Some((name, other)) = missing {
                bail!(
                    "bridge module `{}` uses `{name}` of bridge module `{other}`, which is not in the library: use \
                     something of `{other}` in the crate, so that the linker keeps it",
                    module.name
                );
            }
        }
        Ok(())
    }
}

fn exports(module: &Module, language: Language) -> impl Iterator<Item = &str> {
    let functions = module.functions.iter().map(move |f| language.name(&f.name));
    let objects = module.objects.iter().map(|o| &*o.name);
    let records = module.records.iter().map(|r| &*r.name);
    let enums = module.enums.iter().chain(&module.errors).map(|e| &*e.name);
    let callbacks = module.callbacks.iter().map(|c| &*c.name);
    functions.chain(objects).chain(records).chain(enums).chain(callbacks)
}

fn walk_types<'a>(module: &'a Module, visit: &mut dyn FnMut(&'a Type)) {
    let methods = module.objects.iter().flat_map(|o| &o.functions);
    let callbacks = module.callbacks.iter().flat_map(|c| &c.functions);
    for function in module.functions.iter().chain(methods).chain(callbacks) {
        function.types().for_each(|ty| ty.walk(visit));
    }
    let variants = module.enums.iter().chain(&module.errors).flat_map(|e| &e.variants).map(|v| &v.data);
    for record in module.records.iter().chain(variants) {
        record.fields.iter().for_each(|f| f.ty.walk(visit));
    }
}
