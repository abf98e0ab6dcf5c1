//! The model of a bridge module: what parsing found, and what emission writes.

use proc_macro2::{Span, TokenStream};
use syn::{Attribute, Expr, Ident, Member, Path, Type};

use crate::names::Names;

/// A bridge module.
pub(crate) struct Module {
    pub(crate) ident: Ident,
    /// `::ponton`, or what `#[bridge(crate = ..)]` says.
    pub(crate) root: Path,
    pub(crate) doc: Doc,
    pub(crate) functions: Vec<Function>,
    pub(crate) objects: Vec<Object>,
    pub(crate) records: Vec<Record>,
    pub(crate) enums: Vec<Enum>,
    pub(crate) errors: Vec<Enum>,
    /// Types that are declared here and do not cross: private ones and those with `#[skip]`.
    pub(crate) hidden: Vec<Ident>,
}

/// Whether 64-bit integers are JavaScript numbers.
#[derive(Clone, Copy)]
pub(crate) enum Number {
    No,
    /// By `#[bridge(number)]`.
    Module,
    /// By `#[number]`, here.
    Marked(Span),
}

impl Number {
    pub(crate) fn is_on(self) -> bool {
        !matches!(self, Self::No)
    }
}

/// A doc comment, as an expression of type `&'static str`.
pub(crate) struct Doc(pub(crate) TokenStream);

/// The `#[cfg(..)]` attributes of an item: its glue comes and goes with it.
pub(crate) type Cfgs = Vec<Attribute>;

/// A function, method, constructor or getter.
pub(crate) struct Function {
    pub(crate) ident: Ident,
    pub(crate) names: Names,
    pub(crate) doc: Doc,
    pub(crate) cfgs: Cfgs,
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    /// The object whose `impl` it stands in.
    pub(crate) owner: Option<Ident>,
    pub(crate) receiver: Option<Receiver>,
    pub(crate) params: Vec<Param>,
    /// `()` where nothing is written.
    pub(crate) output: Type,
    pub(crate) number: Number,
}

/// `FnKind` of the description.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Function,
    Method,
    Static,
    Constructor,
    Getter,
}

/// `Mode` of the description.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Sync,
    Async,
    Spawn,
    Local,
    Blocking,
}

/// How a method takes its object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// `&self`
    Ref,
    /// `self: Arc<Self>`
    Arc,
}

/// One parameter, without the receiver.
pub(crate) struct Param {
    pub(crate) ident: Ident,
    pub(crate) names: Names,
    /// The type, without its `&` where `borrowed`.
    pub(crate) ty: Type,
    pub(crate) borrowed: bool,
    pub(crate) default: Option<Expr>,
    pub(crate) number: Number,
}

/// An `#[object]` struct and its `impl` blocks.
pub(crate) struct Object {
    pub(crate) ident: Ident,
    pub(crate) doc: Doc,
    pub(crate) cfgs: Cfgs,
    pub(crate) functions: Vec<Function>,
}

/// A `#[record]` struct.
pub(crate) struct Record {
    pub(crate) ident: Ident,
    pub(crate) doc: Doc,
    pub(crate) cfgs: Cfgs,
    pub(crate) fields: Vec<Field>,
}

/// An enum: plain, with data, or an error.
pub(crate) struct Enum {
    pub(crate) ident: Ident,
    pub(crate) doc: Doc,
    pub(crate) cfgs: Cfgs,
    pub(crate) variants: Vec<Variant>,
}

impl Enum {
    pub(crate) fn has_data(&self) -> bool {
        self.variants.iter().any(|variant| !variant.fields.is_empty())
    }
}

/// One variant.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) doc: Doc,
    pub(crate) code: String,
    pub(crate) tag: String,
    /// The fields that cross. An error's sources do not.
    pub(crate) fields: Vec<Field>,
}

/// One field of a record or variant.
pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) names: Names,
    pub(crate) doc: Doc,
    pub(crate) ty: Type,
    pub(crate) number: Number,
}
