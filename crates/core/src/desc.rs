//! The API description (IR): what a bridge module offers, as constants.
//!
//! `#[ponton::bridge]` emits one [`ModuleDesc`] per module. Hosts read it to register names, the
//! command line reads its JSON form ([`crate::ir`]) out of an artifact to print stubs.

/// A name as each language spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// As the author wrote it.
    pub rust: &'static str,
    /// `snake_case`, with `_` appended to Python's reserved words.
    pub python: &'static str,
    /// `camelCase` (types keep `PascalCase`), with `_` appended to JavaScript's reserved words.
    pub js: &'static str,
}

/// A bridge module.
#[derive(Clone, Copy, Debug)]
pub struct ModuleDesc {
    /// The Rust module's name.
    pub name: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// Free functions.
    pub functions: &'static [FnDesc],
    /// Classes.
    pub objects: &'static [ObjectDesc],
    /// Plain data.
    pub records: &'static [RecordDesc],
    /// Enums, plain and with data.
    pub enums: &'static [EnumDesc],
    /// Errors.
    pub errors: &'static [EnumDesc],
    /// Traits that the host implements.
    pub callbacks: &'static [CallbackDesc],
}

/// A function, method, constructor or getter.
#[derive(Clone, Copy, Debug)]
pub struct FnDesc {
    /// Its name.
    pub name: Name,
    /// What people call it: `connect`, or `Client.get` for a function of an object. Not in the JSON form.
    pub path: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// How it is called.
    pub kind: FnKind,
    /// When and where its body runs.
    pub mode: Mode,
    /// Parameters, without the receiver.
    pub params: &'static [ParamDesc],
    /// What it gives when all is well.
    pub returns: TypeDesc,
    /// The error it may raise.
    pub throws: Option<TypeDesc>,
    /// 64-bit integers in the result are JavaScript numbers, refused beyond 2^53.
    pub number: bool,
}

impl FnDesc {
    /// How many leading parameters a caller must give: those after the last one without a default may be left out.
    pub const fn required(&self) -> usize {
        let mut n = self.params.len();
        while n > 0 && self.params[n - 1].optional {
            n -= 1;
        }
        n
    }
}

/// How a function is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FnKind {
    /// A free function.
    Function,
    /// On an instance.
    Method,
    /// On the class: `Client.connect(..)`.
    Static,
    /// A sync `fn new(..) -> Self`: the class itself is called.
    Constructor,
    /// `#[getter]`: a property.
    Getter,
}

/// When and where the body runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A plain `fn`: at once, on the host's thread.
    Sync,
    /// An `async fn`: first poll on the host's thread, later ones there or on the runtime's workers.
    Async,
    /// `#[spawn]`: never polled on the host's thread.
    Spawn,
    /// `#[local]`: always polled on the host's thread.
    Local,
    /// `#[blocking]`: a plain `fn` on the blocking pool, awaited.
    Blocking,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParamDesc {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: TypeDesc,
    /// May be left out, if every parameter after it may be too.
    pub optional: bool,
    /// The source text of `#[default(..)]`; empty when there is none.
    pub default: &'static str,
    /// 64-bit integers are JavaScript numbers in the typings.
    pub number: bool,
}

/// A `#[record]`, or the data of one enum variant.
#[derive(Clone, Copy, Debug)]
pub struct RecordDesc {
    /// The type's name, or the variant's.
    pub name: &'static str,
    /// The bridge module it is declared in.
    pub module: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// Its fields in order. Fields of tuple variants are named `value`, or `value0`, `value1`, ….
    pub fields: &'static [FieldDesc],
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct FieldDesc {
    /// Its name.
    pub name: Name,
    /// Its doc comment.
    pub doc: &'static str,
    /// Its type.
    pub ty: TypeDesc,
    /// 64-bit integers are JavaScript numbers, refused beyond 2^53.
    pub number: bool,
}

/// An enum: plain, with data, or an error.
#[derive(Clone, Copy, Debug)]
pub struct EnumDesc {
    /// The type's name.
    pub name: &'static str,
    /// The bridge module it is declared in.
    pub module: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// Whether any variant carries data. Errors ignore this.
    pub has_data: bool,
    /// Its variants in order.
    pub variants: &'static [VariantDesc],
}

/// One variant.
#[derive(Clone, Copy, Debug)]
pub struct VariantDesc {
    /// Name, doc comment and fields.
    pub data: RecordDesc,
    /// `SCREAMING_SNAKE_CASE`: the `code` of an error, the member's name of a plain enum in Python.
    pub code: &'static str,
    /// `camelCase`: the string of a plain enum in JavaScript, the `kind` tag of a variant with data.
    pub tag: &'static str,
}

/// A `#[callback]` trait: implemented by the host, called by Rust.
#[derive(Clone, Copy, Debug)]
pub struct CallbackDesc {
    /// The trait's name.
    pub name: &'static str,
    /// The bridge module it is declared in.
    pub module: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// Its methods. [`Mode::Async`] ones are awaited, [`Mode::Sync`] ones are notifications.
    pub functions: &'static [FnDesc],
}

/// An `#[object]`: a class.
#[derive(Clone, Copy, Debug)]
pub struct ObjectDesc {
    /// The type's name.
    pub name: &'static str,
    /// The bridge module it is declared in.
    pub module: &'static str,
    /// Its doc comment.
    pub doc: &'static str,
    /// Constructor, methods, static methods and getters.
    pub functions: &'static [FnDesc],
}

impl TypeDesc {
    /// Whether a value may hold a 64-bit integer (or a wider one). Of declared types this knows the name only.
    pub const fn may_hold_big(&self) -> bool {
        match self {
            Self::I64 | Self::I128 | Self::U64 | Self::U128 | Self::Record { .. } | Self::Union { .. } => true,
            Self::Option(inner) | Self::List(inner) | Self::Map(inner) => inner.may_hold_big(),
            Self::Tuple(items) => {
                let mut i = 0;
                while i < items.len() {
                    if items[i].may_hold_big() {
                        return true;
                    }
                    i += 1;
                }
                false
            }
            _ => false,
        }
    }
}

/// A type that crosses the bridge. Declared types are referred to by name, so that they may be recursive.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the variants are the rows of the type table")]
pub enum TypeDesc {
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
    Option(&'static TypeDesc),
    List(&'static TypeDesc),
    Map(&'static TypeDesc),
    Tuple(&'static [TypeDesc]),
    Record {
        name: &'static str,
        module: &'static str,
    },
    /// A plain enum.
    Enum {
        name: &'static str,
        module: &'static str,
    },
    /// An enum with data.
    Union {
        name: &'static str,
        module: &'static str,
    },
    Error {
        name: &'static str,
        module: &'static str,
    },
    Object {
        name: &'static str,
        module: &'static str,
    },
    /// A function of the host's. [`Mode::Async`]: its result is awaited. [`Mode::Sync`]: it is called for its result, or,
    /// when that is [`Self::Unit`], notified.
    Function(&'static FnDesc),
    /// An object with the methods of a `#[callback]` trait.
    Callback {
        name: &'static str,
        module: &'static str,
    },
    /// What the host can await.
    Future(&'static TypeDesc),
}
