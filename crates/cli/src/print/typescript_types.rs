//! The type table as TypeScript writes it.

use std::collections::{HashMap, HashSet};

use super::python_types::Way;
use crate::api::{Function, Language, Param, Record, Scalar, Type};
use crate::package::Package;

/// What a type name stands for, and which types need a second form for the way in.
pub(super) struct Types<'a> {
    taken: HashSet<&'a str>,
    /// Records and enums with data whose way in is wider than their way out, by name; only where something takes them.
    inputs: HashMap<&'a str, String>,
}

impl<'a> Types<'a> {
    pub(super) fn of(package: &'a Package) -> Self {
        let taken: HashSet<&str> = package.names(Language::JavaScript).into_iter().collect();
        let declared: HashMap<&str, Vec<(&Type, bool)>> = package
            .records()
            .map(|r| (&*r.name, fields(r)))
            .chain(
                package
                    .enums()
                    .filter(|e| e.has_data)
                    .map(|e| (&*e.name, e.variants.iter().flat_map(|v| fields(&v.data)).collect())),
            )
            .collect();
        // What parameters reach.
        let mut reached = HashSet::new();
        let functions = package.functions().chain(package.objects().flat_map(|o| &o.functions));
        let params = functions.flat_map(|f: &Function| &f.params).map(|p| &p.ty);
        let results = package.callbacks().flat_map(|c| &c.functions).map(|f| &f.returns);
        let mut queue: Vec<&Type> = params.chain(results).collect();
        while let Some(ty) = queue.pop() {
            ty.walk_in(&mut |ty| {
                if let Some((name, _)) = ty.declared()
                    && let Some(parts) = declared.get(name)
                    && reached.insert(name)
                {
                    queue.extend(parts.iter().map(|(ty, _)| *ty));
                }
            });
        }
        // Wider by itself, or by what it holds; to a fixed point, since types may be recursive.
        let mut wide = HashSet::new();
        loop {
            let before = wide.len();
            for (name, parts) in declared.iter().filter(|(name, _)| reached.contains(*name)) {
                if parts.iter().any(|(ty, number)| widens(ty, *number, &wide)) {
                    wide.insert(*name);
                }
            }
            if wide.len() == before {
                break;
            }
        }
        let input = |name: &str| {
            let candidates = [format!("{name}Input"), format!("{name}Input_"), format!("{name}Input__")];
            candidates.into_iter().find(|c| !taken.contains(&**c)).unwrap_or_else(|| format!("{name}Input___"))
        };
        let inputs = wide.into_iter().map(|name| (name, input(name))).collect();
        Self { taken, inputs }
    }

    /// The name of the form that is taken, where it differs from what is given.
    pub(super) fn input(&self, name: &str) -> Option<&str> {
        self.inputs.get(name).map(String::as_str)
    }

    /// A global of JavaScript, reachable although an item may have its name.
    pub(super) fn global(&self, name: &str) -> String {
        if self.taken.contains(name) { format!("globalThis.{name}") } else { name.to_owned() }
    }

    /// `ty` as it goes `way`. `number`: its 64-bit integers are numbers.
    pub(super) fn ty(&self, ty: &Type, way: Way, number: bool) -> String {
        match ty {
            Type::Scalar(scalar) => self.scalar(*scalar, way, number),
            Type::Option { option } => match way {
                Way::In => format!("{} | null | undefined", self.operand(option, way, number)),
                Way::Out => format!("{} | undefined", self.operand(option, way, number)),
            },
            Type::List { list } => {
                let item = self.ty(list, way, number);
                let item = if item.contains(' ') { format!("({item})") } else { item };
                if way == Way::In { format!("readonly {item}[]") } else { format!("{item}[]") }
            }
            Type::Map { map } => {
                let item = self.ty(map, way, number);
                let dict = format!("{{ [key: string]: {item} }}");
                match way {
                    Way::In => format!("{dict} | {}<string, {item}>", self.global("ReadonlyMap")),
                    Way::Out => dict,
                }
            }
            Type::Tuple { tuple } => {
                let items: Vec<_> = tuple.iter().map(|item| self.ty(item, way, number)).collect();
                let readonly = if way == Way::In { "readonly " } else { "" };
                format!("{readonly}[{}]", items.join(", "))
            }
            Type::Function { function } => format!("({}) => {}", self.arguments(function), self.returned(function)),
            Type::Future { future } => self.promise_like(future, number),
            declared => {
                let name = declared.declared().map_or("", |(name, _)| name);
                let input = if way == Way::In { self.input(name) } else { None };
                input.unwrap_or(name).to_owned()
            }
        }
    }

    /// `ty`, fit to stand beside a `|`.
    fn operand(&self, ty: &Type, way: Way, number: bool) -> String {
        let text = self.ty(ty, way, number);
        if matches!(ty, Type::Function { .. }) { format!("({text})") } else { text }
    }

    /// What Rust passes to a function of the host's.
    pub(super) fn arguments(&self, function: &Function) -> String {
        let arg = |p: &Param| format!("{}: {}", p.name.js, self.ty(&p.ty, Way::Out, p.number));
        let options = function
            .is_async()
            .then(|| format!("{}: {{ readonly signal: {} }}", options(function), self.global("AbortSignal")));
        function.params.iter().map(arg).chain(options).collect::<Vec<_>>().join(", ")
    }

    /// What a function of the host's may return: for one that is awaited, the value itself will do too.
    pub(super) fn returned(&self, function: &Function) -> String {
        let Function { returns, number, .. } = function;
        if function.is_async() {
            format!("{} | {}", self.promise_like(returns, *number), self.result(returns, *number))
        } else if function.is_notification() {
            "void".to_owned()
        } else {
            self.result(returns, *number)
        }
    }

    fn promise_like(&self, result: &Type, number: bool) -> String {
        format!("{}<{}>", self.global("PromiseLike"), self.result(result, number))
    }

    /// What comes of code of the host's. Nobody looks at what should be `undefined`.
    fn result(&self, ty: &Type, number: bool) -> String {
        let is_unit = *ty == Type::Scalar(Scalar::Unit);
        if is_unit { "unknown".to_owned() } else { self.operand(ty, Way::In, number) }
    }

    fn scalar(&self, scalar: Scalar, way: Way, number: bool) -> String {
        match scalar {
            Scalar::Unit => "undefined".to_owned(),
            Scalar::Bool => "boolean".to_owned(),
            Scalar::String => "string".to_owned(),
            Scalar::Bytes => match way {
                Way::Out => self.global("Uint8Array"),
                Way::In => ["Uint8Array", "ArrayBuffer", "DataView"].map(|name| self.global(name)).join(" | "),
            },
            Scalar::SystemTime => self.global("Date"),
            Scalar::I64 | Scalar::U64 | Scalar::I128 | Scalar::U128 if !number => match way {
                Way::In => "bigint | number".to_owned(),
                Way::Out => "bigint".to_owned(),
            },
            _ => "number".to_owned(),
        }
    }
}

/// What the last parameter of an asynchronous function is called: none of the author's has that name.
pub(super) fn options(function: &Function) -> String {
    let mut name = "options".to_owned();
    while function.params.iter().any(|p| p.name.js == name) {
        name.push('_');
    }
    name
}

fn fields(record: &Record) -> Vec<(&Type, bool)> {
    record.fields.iter().map(|f| (&f.ty, f.number)).collect()
}

/// Whether `ty` takes more than it gives. For `readonly` in front of an array a second form is not worth its name.
fn widens(ty: &Type, number: bool, wide: &HashSet<&str>) -> bool {
    let mut found = false;
    ty.walk(&mut |ty| {
        found |= match ty {
            Type::Scalar(Scalar::I64 | Scalar::U64 | Scalar::I128 | Scalar::U128) => !number,
            Type::Scalar(Scalar::Bytes) | Type::Option { .. } | Type::Map { .. } => true,
            declared => declared.declared().is_some_and(|(name, _)| wide.contains(name)),
        };
    });
    found
}
