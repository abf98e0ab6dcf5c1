//! The type table as Python's type checkers write it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::api::{Function, Language, Scalar, Type};
use crate::package::Package;

/// Which way a value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From the host to Rust: as wide as what is accepted.
    In,
    /// From Rust to the host: as narrow as what comes.
    Out,
}

/// Names in use, and the imports that the stub turns out to need.
///
/// An item, method or field may be called `list` or `Literal`: in such a package the standard one is reached through its module.
pub(super) struct Names<'a> {
    taken: HashSet<&'a str>,
    imports: RefCell<BTreeMap<&'static str, BTreeSet<&'static str>>>,
    modules: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Names<'a> {
    pub(super) fn of(package: &'a Package) -> Self {
        let mut taken: HashSet<&str> = package.names(Language::Python).into_iter().collect();
        for variant in package.enums().chain(package.errors()).flat_map(|e| &e.variants) {
            taken.insert(&variant.data.name);
            taken.extend(variant.data.fields.iter().map(|f| &*f.name.python));
        }
        taken.extend(package.records().flat_map(|r| &r.fields).map(|f| &*f.name.python));
        taken.extend(package.objects().flat_map(|o| &o.functions).map(|f| &*f.name.python));
        taken.extend(package.callbacks().flat_map(|c| &c.functions).map(|f| &*f.name.python));
        Self { taken, imports: RefCell::default(), modules: RefCell::default() }
    }

    /// `name` of `module`, however it is to be written here.
    pub(super) fn from(&self, module: &'static str, name: &'static str) -> String {
        if self.taken.contains(name) {
            self.modules.borrow_mut().insert(module);
            return format!("_{}.{name}", module.replace('.', "_"));
        }
        self.imports.borrow_mut().entry(module).or_default().insert(name);
        name.to_owned()
    }

    /// A builtin, however it is to be written here.
    pub(super) fn builtin(&self, name: &'static str) -> String {
        if !self.taken.contains(name) {
            return name.to_owned();
        }
        self.modules.borrow_mut().insert("builtins");
        format!("_builtins.{name}")
    }

    /// The import lines for everything asked for so far.
    pub(super) fn imports(&self) -> Vec<String> {
        let modules = self.modules.borrow();
        let whole = modules.iter().map(|module| format!("import {module} as _{}", module.replace('.', "_")));
        let imports = self.imports.borrow();
        let line = |(module, names): (&&str, &BTreeSet<&str>)| {
            format!("from {module} import {}", names.iter().copied().collect::<Vec<_>>().join(", "))
        };
        // What is not of the standard library stands apart.
        let foreign = |module: &str| module == "typing_extensions";
        let standard = imports.iter().filter(|(module, _)| !foreign(module)).map(line);
        let apart = imports.iter().filter(|(module, _)| foreign(module)).flat_map(|entry| [String::new(), line(entry)]);
        whole.chain(standard).chain(apart).collect()
    }

    /// `ty` as it goes `way`.
    pub(super) fn ty(&self, ty: &Type, way: Way) -> String {
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar, way),
            Type::Option { option } => {
                let inner = self.ty(option, way);
                // `None | None` of `Option<()>` and `T | None | None` of nested options say nothing more.
                if inner == "None" || inner.ends_with(" | None") { inner } else { format!("{inner} | None") }
            }
            Type::List { list } => {
                let name = match way {
                    Way::In => self.from("collections.abc", "Sequence"),
                    Way::Out => self.builtin("list"),
                };
                format!("{name}[{}]", self.ty(list, way))
            }
            Type::Map { map } => {
                let name = match way {
                    Way::In => self.from("collections.abc", "Mapping"),
                    Way::Out => self.builtin("dict"),
                };
                format!("{name}[{}, {}]", self.builtin("str"), self.ty(map, way))
            }
            Type::Tuple { tuple } => {
                let items: Vec<_> = tuple.iter().map(|item| self.ty(item, way)).collect();
                format!("{}[{}]", self.builtin("tuple"), items.join(", "))
            }
            Type::Function { function } => {
                let callable = self.from("collections.abc", "Callable");
                let args: Vec<_> = function.params.iter().map(|p| self.ty(&p.ty, Way::Out)).collect();
                format!("{callable}[[{}], {}]", args.join(", "), self.returned(function))
            }
            Type::Future { future } => self.awaitable(future),
            // What comes out is one of the variants: the union lets `match` be exhaustive.
            Type::Union { union, .. } if way == Way::Out => format!("_{union}"),
            declared => declared.declared().map_or_else(String::new, |(name, _)| name.to_owned()),
        }
    }

    /// What a function of the host's may return: for one that is awaited, the value itself will do too.
    pub(super) fn returned(&self, function: &Function) -> String {
        if function.is_async() {
            format!("{} | {}", self.awaitable(&function.returns), self.result(&function.returns))
        } else {
            self.result(&function.returns)
        }
    }

    fn awaitable(&self, result: &Type) -> String {
        format!("{}[{}]", self.from("collections.abc", "Awaitable"), self.result(result))
    }

    /// What comes of code of the host's. Nobody looks at what should be `None`.
    fn result(&self, ty: &Type) -> String {
        if *ty == Type::Scalar(Scalar::Unit) { self.builtin("object") } else { self.ty(ty, Way::In) }
    }

    fn scalar(&self, scalar: Scalar, way: Way) -> String {
        match (scalar, way) {
            (Scalar::Unit, _) => "None".to_owned(),
            (Scalar::Bool, _) => self.builtin("bool"),
            (Scalar::F32 | Scalar::F64, _) => self.builtin("float"),
            (Scalar::String, _) => self.builtin("str"),
            (Scalar::Bytes, Way::In) => self.from("typing_extensions", "Buffer"),
            (Scalar::Bytes, Way::Out) => self.builtin("bytes"),
            (Scalar::Duration, Way::In) => {
                format!("{} | {}", self.from("datetime", "timedelta"), self.builtin("float"))
            }
            (Scalar::Duration, Way::Out) => self.from("datetime", "timedelta"),
            (Scalar::SystemTime, _) => self.from("datetime", "datetime"),
            _ => self.builtin("int"),
        }
    }
}
