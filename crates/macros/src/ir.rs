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
    pub(crate) callbacks: Vec<Callback>,
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
    /// `#[setup]`.
    pub(crate) setup: bool,
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
    /// For a parameter that takes a function of the host's.
    pub(crate) function: Option<HostFunction>,
}

/// A parameter `impl AsyncFn(A) -> R`, `impl Fn(A)`, `impl Fn(A) -> BoxFuture<'static, R>`, or one of the latter two in a
/// `Box` or an `Arc`; also in an `Option`.
pub(crate) struct HostFunction {
    /// The glue's type for it.
    pub(crate) signature: Ident,
    /// `Option<..>`.
    pub(crate) optional: bool,
    /// What is written in the `Option`, or the whole type.
    pub(crate) ty: Type,
    /// `Box` or `Arc`, around `dyn Fn`.
    pub(crate) pointer: Option<Ident>,
    pub(crate) way: Way,
    pub(crate) inputs: Vec<Type>,
    /// What it gives, in the end.
    pub(crate) output: Type,
    /// The `BoxFuture` of it, where one is written.
    pub(crate) future: Option<Type>,
    pub(crate) overflow: Option<Overflow>,
}

/// How Rust calls a function of the host's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Awaits it.
    Await,
    /// Calls it on the host's own thread, for its value.
    Here,
    /// Calls it from any thread, for no value.
    Notify,
}

/// `#[overflow(policy, capacity = n)]`.
pub(crate) struct Overflow {
    pub(crate) policy: Ident,
    pub(crate) capacity: Option<Expr>,
}

/// A `#[callback]` trait.
pub(crate) struct Callback {
    pub(crate) ident: Ident,
    pub(crate) doc: Doc,
    pub(crate) cfgs: Cfgs,
    pub(crate) functions: Vec<CallbackFunction>,
}

/// One method of it.
pub(crate) struct CallbackFunction {
    pub(crate) ident: Ident,
    pub(crate) names: Names,
    pub(crate) doc: Doc,
    /// [`Way::Await`] or [`Way::Notify`].
    pub(crate) way: Way,
    pub(crate) params: Vec<Param>,
    pub(crate) output: Type,
    pub(crate) number: Number,
    pub(crate) overflow: Option<Overflow>,
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
    /// The sources of an error, and whether one is a `#[from] HostError` alone.
    pub(crate) causes: Causes,
}

/// The fields of an error's variant that do not cross.
pub(crate) enum Causes {
    None,
    /// Made from any exception of the host's.
    FromHost(Member),
    Others,
}

/// One field of a record or variant.
pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) names: Names,
    pub(crate) doc: Doc,
    pub(crate) ty: Type,
    pub(crate) number: Number,
}
