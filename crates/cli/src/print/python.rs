//! The `.pyi` printer.
//!
//! # Why functions are `async def` under a decorator
//!
//! `async def f() -> T` alone types a call as `Coroutine[Any, Any, T]`, and a call of ours has `.start()` too. A plain
//! `def f() -> _Call[T]` has it, but hides that `inspect.iscoroutinefunction(f)` is true. So a stub says both:
//! `async def`, and a decorator, known to type checkers only, that turns the coroutine into a `_Call`. `mypy` and
//! `pyright` show `(id: int) -> _Call[Row | None]`.
//!
//! `stubtest` looks at the type that a decorator leaves, which is no longer an `async def`, and complains about each of
//! these functions. [`Style::Bare`] prints the same stub without the decorator: that one passes `stubtest` as it is,
//! asyncness and signatures included, and differs in nothing else.

use std::iter;

use super::python_types::{Names, Way};
use super::{GENERATED, Writer, each, literal, prose};
use crate::api::{Callback, Enum, Field, Function, Kind, Language, Object, Param, Record, Type, Variant};
use crate::package::Package;

/// What a stub is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// For users: calls have `.start()`.
    Full,
    /// For `stubtest`: plain `async def`.
    Bare,
}

/// What every stub begins with: the awaitable, and the decorator that types a call as one.
const CALL: &str = "\
@{type_check_only}
class _Call({Coroutine}[{Any}, {Any}, _T]):
    \"\"\"An awaitable of Ponton: a coroutine that has not begun.\"\"\"

    def start(self) -> {Future}[_T]:
        \"\"\"Begin at once, as a JavaScript call does, and return a future of the result.\"\"\"
    def __await__(self) -> {Generator}[{Any}, {Any}, _T]: ...
    def send(self, value: {Any}, /) -> {Any}: ...
    def throw(self, typ: {Any}, val: {Any} = None, tb: {Any} = None, /) -> {Any}: ...
    def close(self) -> None: ...

@{type_check_only}
def _call(function: {Callable}[_P, {Coroutine}[{Any}, {Any}, _T]], /) -> {Callable}[_P, _Call[_T]]: ...";

/// Prints the stub of `package`.
pub fn stub(package: &Package, style: Style) -> String {
    let names = Names::of(package);
    let mut printer = Printer { names, style, out: Writer::new("    ") };
    let has_async = package.functions().chain(package.objects().flat_map(|o| &o.functions)).any(Function::is_async);
    if has_async && style == Style::Full {
        printer.call_class();
    }
    for error in package.errors() {
        printer.error(error);
    }
    for record in package.records() {
        printer.out.gap();
        printer.record(record, "");
    }
    for item in package.enums() {
        if item.has_data { printer.union(item) } else { printer.plain_enum(item) }
    }
    for callback in package.callbacks() {
        printer.callback(callback);
    }
    for object in package.objects() {
        printer.object(object);
    }
    for function in package.functions() {
        printer.out.gap();
        printer.function(function);
    }
    printer.common();
    printer.finish(package)
}

/// The names of a package's `__all__`.
pub fn all(package: &Package) -> Vec<&str> {
    package.value_names(Language::Python)
}

/// The longest line of code.
const WIDTH: usize = 100;

struct Printer<'a> {
    names: Names<'a>,
    style: Style,
    out: Writer,
}

impl Printer<'_> {
    fn finish(self, package: &Package) -> String {
        let mut head = Writer::new("    ");
        head.line(format!("# {GENERATED} from the crate's bridge modules. Do not edit."));
        if package.errors().next().is_some() {
            // A variant's `code` is one of its base's: narrower, which a class variable may be when nobody assigns it.
            head.line("# pyright: reportIncompatibleVariableOverride=false");
        }
        let doc = package.doc();
        if !doc.is_empty() {
            head.line(docstring(&doc));
        }
        head.gap();
        for line in self.names.imports() {
            head.line(line);
        }
        head.gap();
        let all = each(&all(package), |name| format!("    \"{name}\",\n"));
        head.line(format!("__all__ = (\n{all})"));
        head.gap();
        head.finish() + &self.out.finish()
    }

    fn call_class(&mut self) {
        let n = &self.names;
        let mut text = CALL.to_owned();
        for (module, name) in [
            ("typing", "type_check_only"),
            ("typing", "Any"),
            ("collections.abc", "Callable"),
            ("collections.abc", "Coroutine"),
            ("collections.abc", "Generator"),
            ("asyncio", "Future"),
        ] {
            text = text.replace(&format!("{{{name}}}"), &n.from(module, name));
        }
        let type_var = n.from("typing", "TypeVar");
        let param_spec = n.from("typing", "ParamSpec");
        self.out.line(format!("_T = {type_var}(\"_T\")\n_P = {param_spec}(\"_P\")"));
        self.out.gap();
        self.out.line(text);
    }

    fn common(&mut self) {
        let error = self.names.builtin("RuntimeError");
        for (name, doc) in [
            ("AbortedError", "Rust gave the call up: its task was aborted, or its runtime shut down."),
            ("ForkedError", "It was made before the process forked, and belongs to the parent."),
            ("PanicError", "Rust panicked in the call. The process lives on."),
        ] {
            self.out.gap();
            self.out.line(format!("class {name}({error}):"));
            self.out.indented(|out| out.line(docstring(doc)));
        }
        self.live();
    }

    fn live(&mut self) {
        let n = &self.names;
        let (tuple, literal) = (n.from("typing", "NamedTuple"), n.from("typing", "Literal"));
        let (list, text, delta) = (n.builtin("list"), n.builtin("str"), n.from("datetime", "timedelta"));
        self.out.gap();
        self.out.line(format!("class LiveCall({tuple}):"));
        self.out.indented(|out| {
            out.line(docstring("A call that has suspended and not ended."));
            out.gap();
            out.line(format!("name: {text}\nage: {delta}"));
            out.line(format!("state: {literal}[\"waiting\", \"woken\", \"running\", \"cleaning_up\"]"));
        });
        self.out.gap();
        self.out.line(format!("def live() -> {list}[LiveCall]:"));
        let doc = "The calls that have suspended and not ended, the oldest first.";
        self.out.indented(|out| out.line(docstring(doc)));
    }

    fn function(&mut self, f: &Function) {
        let n = &self.names;
        if f.kind == Kind::Static {
            let decorator = n.builtin("staticmethod");
            self.out.line(format!("@{decorator}"));
        } else if f.kind == Kind::Getter {
            let decorator = n.builtin("property");
            self.out.line(format!("@{decorator}"));
        }
        if f.is_async() && self.style == Style::Full {
            self.out.line("@_call");
        }
        let receiver = match f.kind {
            Kind::Method | Kind::Getter => Some("self".to_owned()),
            Kind::Constructor => Some("cls".to_owned()),
            Kind::Function | Kind::Static => None,
        };
        let n = &self.names;
        let params = f.params.iter().enumerate().map(|(i, p)| param(n, p, i >= f.required));
        let params: Vec<_> = receiver.into_iter().chain(params).collect();
        let (name, returns) = if f.kind == Kind::Constructor {
            ("__new__", n.from("typing_extensions", "Self"))
        } else {
            (&*f.name.python, n.ty(&f.returns, Way::Out))
        };
        let keyword = if f.is_async() { "async def" } else { "def" };
        let doc = with_raises(&f.doc, f.throws.as_ref());
        let head = self.head(&format!("{keyword} {name}"), &params, &returns);
        self.body(&head, &doc);
    }

    /// `head`, and all that a stub has of a body.
    fn body(&mut self, head: &str, doc: &str) {
        if doc.is_empty() {
            self.out.line(format!("{head} ..."));
        } else {
            self.out.line(head);
            self.out.indented(|out| out.line(docstring(doc)));
        }
    }

    /// `def f(..) -> T:`, over several lines where one would be too long.
    fn head(&self, name: &str, params: &[String], returns: &str) -> String {
        let line = format!("{name}({}) -> {returns}:", params.join(", "));
        if line.len() + 4 * self.out.depth + " ...".len() <= WIDTH {
            return line;
        }
        let params = each(params, |p| format!("    {p},\n"));
        format!("{name}(\n{params}) -> {returns}:")
    }

    /// The first `required` fields must be given, the others default to `None`.
    fn fields(&mut self, fields: &[Field], required: usize) {
        for (index, field) in fields.iter().enumerate() {
            let ty = self.names.ty(&field.ty, Way::Out);
            let default = if index < required { "" } else { " = None" };
            self.out.line(format!("{}: {ty}{default}", field.name.python));
            if !field.doc.is_empty() {
                self.out.line(docstring(&field.doc));
            }
        }
    }

    /// A frozen dataclass; `base` is `(Base)` or empty.
    fn record(&mut self, record: &Record, base: &str) {
        let dataclass = self.names.from("dataclasses", "dataclass");
        let last = self.names.from("typing", "final");
        self.out.line(format!("@{last}\n@{dataclass}(frozen=True, slots=True)"));
        if record.doc.is_empty() && record.fields.is_empty() {
            self.out.line(format!("class {}{base}: ...", record.name));
            return;
        }
        self.out.line(format!("class {}{base}:", record.name));
        self.out.depth += 1;
        self.class_doc(&record.doc);
        let optional = record.fields.iter().rev().take_while(|f| matches!(f.ty, Type::Option { .. })).count();
        self.fields(&record.fields, record.fields.len() - optional);
        self.out.depth -= 1;
    }

    /// The docstring of a class, set off from what follows.
    fn class_doc(&mut self, doc: &str) {
        if !doc.is_empty() {
            self.out.line(docstring(doc));
            self.out.gap();
        }
    }

    fn plain_enum(&mut self, item: &Enum) {
        let base = self.names.from("enum", "Enum");
        self.out.gap();
        self.out.line(format!("class {}({base}):", item.name));
        self.out.depth += 1;
        self.class_doc(&item.doc);
        for variant in &item.variants {
            self.out.line(format!("{} = \"{}\"", variant.code, variant.tag));
            if !variant.data.doc.is_empty() {
                self.out.line(docstring(&variant.data.doc));
            }
        }
        self.out.depth -= 1;
    }

    fn union(&mut self, item: &Enum) {
        self.out.gap();
        self.out.line(format!("class {}:", item.name));
        self.out.depth += 1;
        self.class_doc(&item.doc);
        // It refuses; only the variants have instances.
        let any = self.names.from("typing", "Any");
        let this = self.names.from("typing_extensions", "Self");
        self.out.line(format!("def __new__(cls, *_args: {any}, **_kwargs: {any}) -> {this}: ..."));
        for variant in &item.variants {
            self.out.gap();
            self.record(&variant.data, &format!("({})", item.name));
        }
        self.out.depth -= 1;
        let alias = self.names.from("typing", "TypeAlias");
        let variants = item.variants.iter().map(|v| format!("{}.{}", item.name, v.data.name));
        self.out.gap();
        self.out.line(format!("_{}: {alias} = {}", item.name, variants.collect::<Vec<_>>().join(" | ")));
    }

    fn error(&mut self, item: &Enum) {
        let base = self.names.builtin("Exception");
        self.out.gap();
        self.out.line(format!("class {}({base}):", item.name));
        self.out.depth += 1;
        self.class_doc(&item.doc);
        let class_var = self.names.from("typing", "ClassVar");
        let (text, tuple) = (self.names.builtin("str"), self.names.builtin("tuple"));
        self.out.line(format!("code: {class_var}[{text}]"));
        self.out.line(format!("__match_args__: {class_var}[{tuple}[{text}, ...]] = ()"));
        let any = self.names.from("typing", "Any");
        self.out.line(format!("def __init__(self, message: {text} = \"\", /, **fields: {any}) -> None: ..."));
        for variant in &item.variants {
            self.variant_of_error(item, variant);
        }
        self.out.depth -= 1;
    }

    fn variant_of_error(&mut self, item: &Enum, variant: &Variant) {
        let last = self.names.from("typing", "final");
        self.out.gap();
        self.out.line(format!("@{last}\nclass {}({}):", variant.data.name, item.name));
        self.out.depth += 1;
        self.class_doc(&variant.data.doc);
        let fields = &variant.data.fields;
        let class_var = self.names.from("typing", "ClassVar");
        let literal = self.names.from("typing", "Literal");
        self.out.line(format!("code: {class_var}[{literal}[\"{}\"]]", variant.code));
        let quoted: Vec<_> = fields.iter().map(|f| format!("\"{}\"", f.name.python)).collect();
        let comma = if quoted.len() == 1 { "," } else { "" };
        self.out.line(format!("__match_args__ = ({}{comma})", quoted.join(", ")));
        self.fields(fields, fields.len());
        let mut params =
            vec!["self".to_owned(), format!("message: {} = \"\"", self.names.builtin("str")), "/".to_owned()];
        if !fields.is_empty() {
            params.push("*".to_owned());
        }
        params.extend(fields.iter().map(|f| format!("{}: {} = ...", f.name.python, self.names.ty(&f.ty, Way::Out))));
        let head = self.head("def __init__", &params, "None");
        self.out.line(format!("{head} ..."));
        self.out.depth -= 1;
    }

    /// Any object with these methods will do; a subclass must have all of them.
    fn callback(&mut self, callback: &Callback) {
        let protocol = self.names.from("typing", "Protocol");
        let required = self.names.from("abc", "abstractmethod");
        self.out.gap();
        self.out.line(format!("class {}({protocol}):", callback.name));
        self.out.depth += 1;
        self.class_doc(&callback.doc);
        for f in &callback.functions {
            self.out.line(format!("@{required}"));
            // Rust passes what it has by position.
            let args = f.params.iter().map(|p| format!("{}: {}", p.name.python, self.names.ty(&p.ty, Way::Out)));
            let end = (!f.params.is_empty()).then(|| "/".to_owned());
            let params: Vec<_> = iter::once("self".to_owned()).chain(args).chain(end).collect();
            let head = self.head(&format!("def {}", f.name.python), &params, &self.names.returned(f));
            self.body(&head, &with_raises(&f.doc, f.throws.as_ref()));
        }
        self.out.depth -= 1;
    }

    fn object(&mut self, object: &Object) {
        let last = self.names.from("typing", "final");
        self.out.gap();
        self.out.line(format!("@{last}\nclass {}:", object.name));
        self.out.depth += 1;
        self.class_doc(&object.doc);
        if object.doc.is_empty() && object.functions.is_empty() {
            self.out.line("...");
        }
        if object.functions.iter().any(|f| f.kind == Kind::Constructor) {
            let signature = self.names.from("inspect", "Signature");
            let class_var = self.names.from("typing", "ClassVar");
            self.out.line(format!("__signature__: {class_var}[{signature}]"));
        }
        for function in &object.functions {
            self.function(function);
        }
        if let Some(close) = object.close() {
            self.context_manager(close.is_async());
        }
        self.out.depth -= 1;
    }

    /// `async with` where there is `close`, and `with` where that is not awaited.
    fn context_manager(&mut self, is_async: bool) {
        let n = &self.names;
        let this = n.from("typing_extensions", "Self");
        let exit = [
            "self".to_owned(),
            format!("exc_type: {}[{}] | None", n.builtin("type"), n.builtin("BaseException")),
            format!("exc: {} | None", n.builtin("BaseException")),
            format!("traceback: {} | None", n.from("types", "TracebackType")),
            "/".to_owned(),
        ];
        let kinds = if is_async { &[("async def", "a")][..] } else { &[("async def", "a"), ("def", "")] };
        for (keyword, a) in kinds {
            self.out.line(format!("{keyword} __{a}enter__(self) -> {this}: ..."));
            let head = self.head(&format!("{keyword} __{a}exit__"), &exit, "None");
            self.out.line(format!("{head} ..."));
        }
    }
}

fn param(names: &Names<'_>, p: &Param, may_omit: bool) -> String {
    let ty = names.ty(&p.ty, Way::In);
    let name = &p.name.python;
    if !may_omit {
        return format!("{name}: {ty}");
    }
    let default = if p.default.is_empty() { "None" } else { &p.default };
    let default = literal::literal(default, Language::Python).unwrap_or_else(|| "...".to_owned());
    format!("{name}: {ty} = {default}")
}

/// The docs, and what is raised.
fn with_raises(doc: &str, throws: Option<&Type>) -> String {
    let Some((error, _)) = throws.and_then(Type::declared) else { return doc.to_owned() };
    if doc.is_empty() { format!("Raises `{error}`.") } else { format!("{}\n\nRaises:\n    {error}", doc.trim_end()) }
}

/// A docstring.
pub fn docstring(doc: &str) -> String {
    let text = prose(doc).replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
    let text = if text.ends_with('"') { format!("{} ", text.trim_end()) } else { text };
    if text.contains('\n') { format!("\"\"\"{text}\n\"\"\"") } else { format!("\"\"\"{text}\"\"\"") }
}
