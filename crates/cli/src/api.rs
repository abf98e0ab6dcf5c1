//! The API description as the command line sees it: `ponton_core::ir`'s JSON form, read back.

use std::fmt;

use serde::Deserialize;

/// A name as each language spells it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Name {
    /// As the author wrote it.
    pub rust: String,
    /// In Python.
    pub python: String,
    /// In JavaScript.
    pub js: String,
}

/// A bridge module.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[allow(missing_docs, reason = "the fields of ponton_core::desc::ModuleDesc")]
pub struct Module {
    #[serde(rename = "module")]
    pub name: String,
    #[serde(default)]
    pub doc: String,
    pub functions: Vec<Function>,
    pub objects: Vec<Object>,
    pub records: Vec<Record>,
    pub enums: Vec<Enum>,
    pub errors: Vec<Enum>,
    pub callbacks: Vec<Callback>,
}

/// How a function is reached.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants of ponton_core::desc::FnKind")]
pub enum Kind {
    Function,
    Method,
    Static,
    Constructor,
    Getter,
}

/// When and where the body runs.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants of ponton_core::desc::Mode")]
pub enum Mode {
    Sync,
    Async,
    Spawn,
    Local,
    Blocking,
}

/// A function, method, constructor or getter.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[allow(missing_docs, reason = "the fields of ponton_core::desc::FnDesc")]
pub struct Function {
    pub name: Name,
    #[serde(default)]
    pub doc: String,
    pub kind: Kind,
    pub mode: Mode,
    pub params: Vec<Param>,
    pub required: usize,
    pub returns: Type,
    pub throws: Option<Type>,
    #[serde(default)]
    pub number: bool,
}

impl Function {
    /// Whether a host awaits it.
    pub fn is_async(&self) -> bool {
        self.mode != Mode::Sync
    }

    /// Of a function of the host's: whether Rust calls it without waiting for it.
    pub fn is_notification(&self) -> bool {
        !self.is_async() && self.returns == Type::Scalar(Scalar::Unit)
    }

    /// The types that it names.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        self.params.iter().map(|p| &p.ty).chain([&self.returns]).chain(&self.throws)
    }
}

/// One parameter.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[allow(missing_docs, reason = "the fields of ponton_core::desc::ParamDesc")]
pub struct Param {
    pub name: Name,
    #[serde(rename = "type")]
    pub ty: Type,
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub default: String,
    #[serde(default)]
    pub number: bool,
}

/// A class.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[allow(missing_docs, reason = "the fields of ponton_core::desc::ObjectDesc")]
pub struct Object {
    pub name: String,
    pub module: String,
    #[serde(default)]
    pub doc: String,
    pub functions: Vec<Function>,
}

impl Object {
    /// The method `close` that may be called without arguments: what `async with` and `await using` end with.
    pub fn close(&self) -> Option<&Function> {
        self.functions.iter().find(|f| f.kind == Kind::Method && f.name.rust == "close" && f.required == 0)
    }
}

/// A trait that the host implements.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[allow(missing_docs, reason = "the fields of ponton_core::desc::CallbackDesc")]
pub struct Callback {
    pub name: String,
    pub module: String,
    #[serde(default)]
    pub doc: String,
    pub functions: Vec<Function>,
}

/// Plain data, or the data of one variant.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[allow(missing_docs, reason = "the fields of ponton_core::desc::RecordDesc")]
pub struct Record {
    pub name: String,
    pub module: String,
    #[serde(default)]
    pub doc: String,
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[allow(missing_docs, reason = "the fields of ponton_core::desc::FieldDesc")]
pub struct Field {
    pub name: Name,
    #[serde(default)]
    pub doc: String,
    #[serde(rename = "type")]
    pub ty: Type,
    #[serde(default)]
    pub number: bool,
}

/// An enum: plain, with data, or an error.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of ponton_core::desc::EnumDesc")]
pub struct Enum {
    pub name: String,
    pub module: String,
    #[serde(default)]
    pub doc: String,
    #[serde(default)]
    pub has_data: bool,
    pub variants: Vec<Variant>,
}

/// One variant.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[allow(missing_docs, reason = "the fields of ponton_core::desc::VariantDesc")]
pub struct Variant {
    #[serde(flatten)]
    pub data: Record,
    pub code: String,
    pub tag: String,
}

/// A type without parts.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the rows of the type table")]
pub enum Scalar {
    Unit,
    Bool,
    I8,
    I16,
    I32,
    I64,
    I128,
    Isize,
    U8,
    U16,
    U32,
    U64,
    U128,
    Usize,
    F32,
    F64,
    String,
    Bytes,
    Duration,
    SystemTime,
}

/// A type that crosses the bridge.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
#[allow(missing_docs, reason = "the rows of the type table")]
pub enum Type {
    Scalar(Scalar),
    Option { option: Box<Type> },
    List { list: Box<Type> },
    Map { map: Box<Type> },
    Tuple { tuple: Vec<Type> },
    Record { record: String, module: String },
    Enum { r#enum: String, module: String },
    Union { union: String, module: String },
    Error { error: String, module: String },
    Object { object: String, module: String },
    Function { function: Box<Function> },
    Callback { callback: String, module: String },
    Future { future: Box<Type> },
}

impl Type {
    /// The name and module of a declared type.
    pub fn declared(&self) -> Option<(&str, &str)> {
        match self {
            Self::Record { record: name, module }
            | Self::Enum { r#enum: name, module }
            | Self::Union { union: name, module }
            | Self::Error { error: name, module }
            | Self::Object { object: name, module }
            | Self::Callback { callback: name, module } => Some((name, module)),
            _ => None,
        }
    }

    /// Calls `visit` for this type and every type inside it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Type)) {
        self.descend(true, visit);
    }

    /// As [`Self::walk`], for what comes in with a value that comes in: a function's result, and not its arguments.
    pub fn walk_in<'a>(&'a self, visit: &mut dyn FnMut(&'a Type)) {
        self.descend(false, visit);
    }

    fn descend<'a>(&'a self, both_ways: bool, visit: &mut dyn FnMut(&'a Type)) {
        visit(self);
        match self {
            Self::Option { option: inner }
            | Self::List { list: inner }
            | Self::Map { map: inner }
            | Self::Future { future: inner } => inner.descend(both_ways, visit),
            Self::Tuple { tuple } => tuple.iter().for_each(|item| item.descend(both_ways, visit)),
            Self::Function { function } if both_ways => {
                function.types().for_each(|ty| ty.descend(both_ways, visit));
            }
            Self::Function { function } => function.returns.descend(both_ways, visit),
            _ => {}
        }
    }
}

/// A language with names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// JavaScript and TypeScript.
    JavaScript,
}

impl Language {
    /// The name in this language.
    pub fn name(self, name: &Name) -> &str {
        match self {
            Self::Python => &name.python,
            Self::JavaScript => &name.js,
        }
    }

    /// What every generated module exports beside the author's items.
    pub fn common_exports(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["AbortedError", "ForkedError", "LiveCall", "PanicError", "live"],
            Self::JavaScript => &["AbortError", "LazyPromise", "PanicError", "live"],
        }
    }
}

impl Language {
    /// Names that every generated module has: those it exports, and in TypeScript the types beside them.
    pub fn reserved(self) -> impl Iterator<Item = &'static str> {
        let types: &[&str] = if self == Self::JavaScript { &["CallOptions", "LiveCall"] } else { &[] };
        self.common_exports().iter().chain(types).copied()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
        })
    }
}
