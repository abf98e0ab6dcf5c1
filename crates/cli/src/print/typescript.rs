//! The `.d.ts` printer: one file for Node and the web.
//!
//! | item | becomes |
//! | --- | --- |
//! | async function | two overloads: a `Promise`, and with `{ lazy: true }` a `LazyPromise`; the same again for each optional parameter that may be left out before the options |
//! | record | an interface; `RowInput` beside it where more is accepted than given (`bigint \| number`, `null`) |
//! | plain enum | a union of strings, and the constant object that holds them |
//! | enum with data | a union discriminated by `kind` |
//! | error enum | a union discriminated by `code`, and the classes: `instanceof KvError` narrows to the union |
//! | object | a class; `#private` makes it nominal |
//! | callback | an interface: any object with these methods will do |

use super::python_types::Way;
use super::typescript_types::{Types, options};
use super::{GENERATED, Writer, literal, prose};
use crate::api::{Callback, Enum, Field, Function, Kind, Language, Object, Param, Record, Scalar, Type, Variant};
use crate::package::Package;

/// Prints the typings of `package`.
pub fn typings(package: &Package) -> String {
    let mut printer = Printer { types: Types::of(package), out: Writer::new("  ") };
    printer.head(package);
    package.errors().for_each(|item| printer.error(item));
    package.records().for_each(|item| printer.record(item));
    for item in package.enums() {
        if item.has_data { printer.union(item) } else { printer.plain_enum(item) }
    }
    package.callbacks().for_each(|item| printer.callback(item));
    package.objects().for_each(|item| printer.object(item));
    for function in package.functions() {
        printer.out.gap();
        printer.function(function, &format!("export function {}", function.name.js));
    }
    printer.out.finish()
}

/// What every package exports. In braces: globals.
const COMMON: &str = "\
/** Options of every asynchronous function, as its last argument. */
export interface CallOptions {
  /** Stops the call: it rejects with `signal.reason` at once, and the Rust future is dropped. */
  signal?: {AbortSignal} | null | undefined;
  /** Starts at the first `then` or `await` instead of in the call. */
  lazy?: boolean | undefined;
  /** Whether the process stays alive while the call is pending; `true` unless it is said. Browsers pay no heed to it. */
  ref?: boolean | undefined;
}

/** A promise that starts its work at the first `then`, `catch`, `finally` or `await`; not again at later ones. */
export class LazyPromise<T> extends {Promise}<T> {
  #private;
  constructor(start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void);
}

/** Rust code panicked. The process lives on; the message is that of the panic. */
export class PanicError extends {Error} {
  readonly name: 'PanicError';
  /**
   * Web only, where a call left the wasm module unusable: starts it anew. Objects of the old one are gone with it, and
   * everything that was pending has been rejected.
   */
  readonly reset?: () => void;
}

/** Rust gave the call up: its task was aborted, or its runtime shut down. */
export class AbortError extends {Error} {
  readonly name: 'AbortError';
  readonly code: 'ABORT_ERR';
}

/** A call that is pending, see {@link live}. */
export interface LiveCall {
  /** The function as it is called in Rust: `get`, or `Client.get` for a method. */
  readonly name: string;
  /** How many milliseconds ago it suspended first. */
  readonly age: number;
  /** What it does: it waits, is about to be polled, is being polled, or runs what a `ponton::cleanup` left. */
  readonly state: 'waiting' | 'woken' | 'running' | 'cleaning_up';
}

/** The calls of this package that are pending, the oldest first. In Node.js those of other threads are among them. */
export function live(): LiveCall[];";

/// What every error says of itself; a field of that name gains `_`, as in `errors.js` of `ponton-js`.
const RESERVED: [&str; 5] = ["name", "message", "stack", "cause", "code"];

struct Printer<'a> {
    types: Types<'a>,
    out: Writer,
}

impl Printer<'_> {
    fn head(&mut self, package: &Package) {
        self.out.line(format!("// {GENERATED} from the crate's bridge modules. Do not edit."));
        if package.objects().any(|o| o.close().is_some()) {
            self.out.line("/// <reference lib=\"esnext.disposable\" />");
        }
        self.out.gap();
        let doc = package.doc();
        if !doc.is_empty() {
            self.out.line(tsdoc(&format!("{doc}\n\n@packageDocumentation")));
            self.out.gap();
        }
        let mut common = COMMON.to_owned();
        for name in ["AbortSignal", "Promise", "Error"] {
            common = common.replace(&format!("{{{name}}}"), &self.types.global(name));
        }
        self.out.line(common);
    }

    fn doc(&mut self, doc: &str) {
        if !doc.trim().is_empty() {
            self.out.line(tsdoc(doc));
        }
    }

    /// `head` is everything before the parameter list.
    fn function(&mut self, f: &Function, head: &str) {
        let doc = with_throws(f);
        let returns = self.types.ty(&f.returns, Way::Out, f.number);
        let returns = if returns == "undefined" { "void".to_owned() } else { returns };
        if !f.is_async() {
            self.doc(&doc);
            let params = self.params(f, f.params.len());
            self.out.line(format!("{head}({}): {returns};", params.join(", ")));
            return;
        }
        let (promise, name) = (self.types.global("Promise"), options(f));
        // The options come last, also after omitted optionals: first the whole list, then the shorter ones.
        for given in (f.required..=f.params.len()).rev() {
            let whole = given == f.params.len();
            let mark = if whole { "?" } else { "" };
            let params = self.params(f, given);
            let with = |options: String| params.iter().cloned().chain([options]).collect::<Vec<_>>().join(", ");
            let eager = with(format!("{name}{mark}: CallOptions & {{ lazy?: false }}"));
            self.doc(&doc);
            self.out.line(format!("{head}({eager}): {promise}<{returns}>;"));
            self.doc(&doc);
            let options = format!("{name}: CallOptions & {{ lazy: true }}");
            let lazy = if params.iter().any(|p| p.contains("?: ")) {
                // A required parameter may not follow an optional one.
                let firm = params
                    .iter()
                    .map(|p| p.replacen("?: ", ": ", 1) + if p.contains("?: ") { " | undefined" } else { "" });
                firm.chain([options]).collect::<Vec<_>>().join(", ")
            } else {
                with(options)
            };
            self.out.line(format!("{head}({lazy}): LazyPromise<{returns}>;"));
        }
    }

    /// The first `given` parameters. Where fewer than all are given, none of them is optional: the options follow.
    fn params(&self, f: &Function, given: usize) -> Vec<String> {
        let whole = given == f.params.len();
        let print = |(index, p): (usize, &Param)| {
            let ty = self.types.ty(&p.ty, Way::In, p.number);
            let name = &p.name.js;
            let absent = if ty.ends_with("| undefined") { "" } else { " | undefined" };
            match (p.optional, index >= f.required && whole) {
                (false, _) => format!("{name}: {ty}"),
                (true, true) => format!("{name}?: {}", ty.strip_suffix(" | undefined").unwrap_or(&ty)),
                (true, false) => format!("{name}: {ty}{absent}"),
            }
        };
        f.params.iter().take(given).enumerate().map(print).collect()
    }

    /// The members of a record, or of a variant's data; `prefix` goes in front of each.
    fn fields(&mut self, fields: &[Field], way: Way, prefix: &str, rename: impl Fn(&str) -> String) {
        for field in fields {
            self.doc(&field.doc);
            let mark = if matches!(field.ty, Type::Option { .. }) { "?" } else { "" };
            let ty = self.types.ty(&field.ty, way, field.number);
            self.out.line(format!("{prefix}{}{mark}: {ty};", rename(&field.name.js)));
        }
    }

    fn record(&mut self, record: &Record) {
        let forms =
            [(Way::Out, Some(record.name.clone())), (Way::In, self.types.input(&record.name).map(str::to_owned))];
        for (way, name) in forms {
            let Some(name) = name else { continue };
            self.out.gap();
            match way {
                Way::Out => self.doc(&record.doc),
                Way::In => self.doc(&format!("What is accepted as a {{@link {}}}.", record.name)),
            }
            if record.fields.is_empty() {
                self.out.line(format!("export interface {name} {{}}"));
                continue;
            }
            self.out.line(format!("export interface {name} {{"));
            self.out.depth += 1;
            self.fields(&record.fields, way, "", str::to_owned);
            self.out.depth -= 1;
            self.out.line("}");
        }
    }

    fn plain_enum(&mut self, item: &Enum) {
        let name = &item.name;
        self.out.gap();
        self.doc(&item.doc);
        self.out.line(format!("export const {name}: {{"));
        self.out.depth += 1;
        for variant in &item.variants {
            self.doc(&variant.data.doc);
            self.out.line(format!("readonly {}: '{}';", variant.data.name, variant.tag));
        }
        self.out.depth -= 1;
        self.out.line("};");
        self.doc(&item.doc);
        let tags: Vec<_> = item.variants.iter().map(|v| format!("'{}'", v.tag)).collect();
        self.out.line(format!("export type {name} = {};", or_never(&tags)));
    }

    fn union(&mut self, item: &Enum) {
        let forms = [(Way::Out, Some(item.name.clone())), (Way::In, self.types.input(&item.name).map(str::to_owned))];
        for (way, name) in forms {
            let Some(name) = name else { continue };
            self.out.gap();
            match way {
                Way::Out => self.doc(&item.doc),
                Way::In => self.doc(&format!("What is accepted as a {{@link {}}}.", item.name)),
            }
            self.out.line(format!("export type {name} ="));
            self.out.depth += 1;
            let last = item.variants.len() - 1;
            for (index, variant) in item.variants.iter().enumerate() {
                self.doc(&variant.data.doc);
                self.out.line("| {");
                self.out.depth += 1;
                self.out.line(format!("kind: '{}';", variant.tag));
                self.fields(&variant.data.fields, way, "", str::to_owned);
                self.out.depth -= 1;
                self.out.line(if index == last { "};" } else { "}" });
            }
            self.out.depth -= 1;
        }
    }

    /// A type, the classes, and the types of the classes, all under one name.
    fn error(&mut self, item: &Enum) {
        let name = &item.name;
        let error = self.types.global("Error");
        self.out.gap();
        self.doc(&item.doc);
        let variants: Vec<_> = item.variants.iter().map(|v| format!("{name}.{}", v.data.name)).collect();
        self.out.line(format!("export type {name} = {};", or_never(&variants)));
        self.doc(&item.doc);
        self.out.line(format!("export const {name}: (abstract new (message?: string) => {error}) & {{"));
        self.out.depth += 1;
        self.out.line(format!("readonly prototype: {name};"));
        for variant in &item.variants {
            self.doc(&variant.data.doc);
            let values = self.error_values(variant);
            let class = &variant.data.name;
            self.out.line(format!("readonly {class}: {{"));
            self.out.indented(|out| {
                out.line(format!("new (message: string{values}): {name}.{class};"));
                out.line(format!("readonly prototype: {name}.{class};"));
            });
            self.out.line("};");
        }
        self.out.depth -= 1;
        self.out.line("};");
        self.out.line(format!("export namespace {name} {{"));
        self.out.depth += 1;
        for variant in &item.variants {
            self.doc(&variant.data.doc);
            self.out.line(format!("interface {} extends {error} {{", variant.data.name));
            self.out.depth += 1;
            self.out.line(format!("readonly name: '{name}.{}';", variant.data.name));
            self.out.line(format!("readonly code: '{}';", variant.code));
            self.fields(&variant.data.fields, Way::Out, "readonly ", error_field);
            self.out.depth -= 1;
            self.out.line("}");
        }
        self.out.depth -= 1;
        self.out.line("}");
    }

    /// The constructor's parameters after the message.
    fn error_values(&self, variant: &Variant) -> String {
        let field = |f: &Field| {
            let mark = if matches!(f.ty, Type::Option { .. }) { "?" } else { "" };
            format!("{}{mark}: {}", error_field(&f.name.js), self.types.ty(&f.ty, Way::Out, f.number))
        };
        let fields: Vec<_> = variant.data.fields.iter().map(field).collect();
        let cause = "options?: { cause?: unknown }";
        if fields.is_empty() {
            format!(", fields?: {{}}, {cause}")
        } else {
            format!(", fields: {{ {} }}, {cause}", fields.join("; "))
        }
    }

    fn callback(&mut self, callback: &Callback) {
        self.out.gap();
        self.doc(&callback.doc);
        self.out.line(format!("export interface {} {{", callback.name));
        self.out.depth += 1;
        for f in &callback.functions {
            self.doc(&with_throws(f));
            self.out.line(format!("{}({}): {};", f.name.js, self.types.arguments(f), self.types.returned(f)));
        }
        self.out.depth -= 1;
        self.out.line("}");
    }

    fn object(&mut self, object: &Object) {
        self.out.gap();
        self.doc(&object.doc);
        self.out.line(format!("export class {} {{", object.name));
        self.out.depth += 1;
        self.out.line("#private;");
        if !object.functions.iter().any(|f| f.kind == Kind::Constructor) {
            self.out.line("private constructor();");
        }
        for f in &object.functions {
            match f.kind {
                Kind::Constructor => {
                    self.doc(&with_throws(f));
                    let params = self.params(f, f.params.len());
                    self.out.line(format!("constructor({});", params.join(", ")));
                }
                Kind::Getter => {
                    self.doc(&with_throws(f));
                    let ty = self.types.ty(&f.returns, Way::Out, f.number);
                    self.out.line(format!("get {}(): {ty};", f.name.js));
                }
                Kind::Static => self.function(f, &format!("static {}", f.name.js)),
                Kind::Method | Kind::Function => self.function(f, &f.name.js),
            }
        }
        if let Some(close) = object.close() {
            let (symbol, returns) = if close.is_async() {
                ("asyncDispose", format!("{}<void>", self.types.global("Promise")))
            } else {
                ("dispose", "void".to_owned())
            };
            self.doc("Calls {@link close}, at the end of an `await using` or `using` declaration.");
            self.out.line(format!("[{}.{symbol}](): {returns};", self.types.global("Symbol")));
        }
        self.out.depth -= 1;
        self.out.line("}");
    }
}

fn error_field(name: &str) -> String {
    if RESERVED.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

fn or_never(items: &[String]) -> String {
    if items.is_empty() { "never".to_owned() } else { items.join(" | ") }
}

/// The docs, with the defaults and what is thrown.
fn with_throws(f: &Function) -> String {
    let mut lines = Vec::new();
    for p in &f.params {
        let unit = spans(&p.ty).map(str::to_owned);
        let default = literal::literal(&p.default, Language::JavaScript).map(|value| format!("`{value}` by default"));
        let notes: Vec<_> = unit.into_iter().chain(default).collect();
        if !notes.is_empty() {
            lines.push(format!("@param {} - {}", p.name.js, notes.join(", ")));
        }
    }
    if is_duration(&f.returns) {
        lines.push("@returns milliseconds".to_owned());
    }
    if let Some((error, _)) = f.throws.as_ref().and_then(Type::declared) {
        lines.push(format!("@throws {{@link {error}}}"));
    }
    match (f.doc.trim_end(), lines.join("\n")) {
        (doc, tags) if tags.is_empty() => doc.to_owned(),
        ("", tags) => tags,
        (doc, tags) => format!("{doc}\n\n{tags}"),
    }
}

/// What to say of the spans of time in a parameter.
fn spans(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Option { option } => spans(option),
        Type::Function { function } => function.types().any(is_duration).then_some("with spans in milliseconds"),
        other => is_duration(other).then_some("milliseconds"),
    }
}

/// TypeScript says `number`, and the unit is worth a word.
fn is_duration(ty: &Type) -> bool {
    match ty {
        Type::Option { option: inner } | Type::Future { future: inner } => is_duration(inner),
        other => *other == Type::Scalar(Scalar::Duration),
    }
}

/// A documentation comment.
fn tsdoc(doc: &str) -> String {
    let text = prose(doc).replace("*/", "*\\/");
    if text.contains('\n') {
        let body: Vec<_> = text.lines().map(|line| format!(" * {line}").trim_end().to_owned()).collect();
        format!("/**\n{}\n */", body.join("\n"))
    } else {
        format!("/** {text} */")
    }
}
