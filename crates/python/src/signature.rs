//! What a function shows of its parameters: `inspect.signature`, `help`, annotations.

use ponton_core::desc::{FnDesc, Mode, ParamDesc, TypeDesc};
use pyo3::ffi;

use crate::function::Function;
use crate::py::{Obj, Py, Result};
use crate::state::state;

/// The type as Python writes it.
pub(crate) fn annotation(ty: &TypeDesc) -> String {
    match ty {
        TypeDesc::Unit => "None".to_owned(),
        TypeDesc::Bool => "bool".to_owned(),
        TypeDesc::F32 | TypeDesc::F64 => "float".to_owned(),
        TypeDesc::String => "str".to_owned(),
        TypeDesc::Bytes => "bytes".to_owned(),
        TypeDesc::Duration => "datetime.timedelta".to_owned(),
        TypeDesc::SystemTime => "datetime.datetime".to_owned(),
        TypeDesc::Option(inner) => format!("{} | None", annotation(inner)),
        TypeDesc::List(inner) => format!("list[{}]", annotation(inner)),
        TypeDesc::Map(inner) => format!("dict[str, {}]", annotation(inner)),
        TypeDesc::Tuple(items) => {
            format!("tuple[{}]", items.iter().map(annotation).collect::<Vec<_>>().join(", "))
        }
        TypeDesc::Record { name, .. }
        | TypeDesc::Enum { name, .. }
        | TypeDesc::Union { name, .. }
        | TypeDesc::Error { name, .. }
        | TypeDesc::Object { name, .. }
        | TypeDesc::Callback { name, .. } => (*name).to_owned(),
        TypeDesc::Function(function) => callable(function),
        TypeDesc::Future(value) => format!("Awaitable[{}]", annotation(value)),
        _ => "int".to_owned(),
    }
}

/// Where the result is awaited, plain functions will do, too.
fn callable(function: &FnDesc) -> String {
    let params: Vec<_> = function.params.iter().map(|param| annotation(&param.ty)).collect();
    let value = annotation(&function.returns);
    let returns = if function.mode == Mode::Async { format!("Awaitable[{value}] | {value}") } else { value };
    format!("Callable[[{}], {returns}]", params.join(", "))
}

/// The source text of a parameter's default, `""` for `None`; nothing where it must be given.
fn default(function: &Function, index: usize, param: &ParamDesc) -> Option<&'static str> {
    (index >= function.desc.required()).then_some(param.default)
}

/// `__text_signature__`.
pub(crate) fn text(function: &Function) -> String {
    let mut parts: Vec<String> = Vec::new();
    if function.has_receiver() {
        parts.push("$self".to_owned());
    }
    for (index, param) in function.desc.params.iter().enumerate() {
        parts.push(match default(function, index, param) {
            None => param.name.python.to_owned(),
            Some("") => format!("{}=None", param.name.python),
            Some(_) => format!("{}=...", param.name.python),
        });
    }
    format!("({})", parts.join(", "))
}

/// `__signature__`: an `inspect.Signature`.
pub(crate) fn object(py: Py, function: &Function) -> Result<Obj> {
    let mut params = Vec::new();
    for (index, param) in function.desc.params.iter().enumerate() {
        let default = match default(function, index, param) {
            None => py.none(),
            Some(text) => py.tuple([py.str(text)?])?,
        };
        params.push(py.tuple([py.str(param.name.python)?, py.str(&annotation(&param.ty))?, default])?);
    }
    let params = py.tuple_of(params.into_iter())?;
    let returns = py.str(&annotation(&function.desc.returns))?;
    let receiver = py.bool(function.has_receiver());
    let make = state(py).support(py, c"signature")?;
    py.call(make.as_ref(), &[params.as_ref(), returns.as_ref(), receiver.as_ref()])
}

/// `__annotations__`.
pub(crate) fn annotations(py: Py, function: &Function) -> Result<Obj> {
    // SAFETY: attached.
    let dict = unsafe { Obj::owned(py, ffi::PyDict_New())? };
    let returns = ("return", &function.desc.returns);
    for (name, ty) in function.desc.params.iter().map(|param| (param.name.python, &param.ty)).chain([returns]) {
        let (name, ty) = (py.str(name)?, py.str(&annotation(ty))?);
        // SAFETY: attached; the dict takes references of its own.
        crate::py::Raised::unless(unsafe { ffi::PyDict_SetItem(dict.as_ptr(), name.as_ptr(), ty.as_ptr()) } == 0)?;
    }
    Ok(dict)
}

/// `__code__` of a function that returns an awaitable.
pub(crate) fn code(py: Py, function: &Function) -> Result<Obj> {
    debug_assert!(function.desc.mode != Mode::Sync, "sync functions have no code");
    let make = state(py).support(py, c"code")?;
    py.call(make.as_ref(), &[py.str(function.desc.name.python)?.as_ref()])
}
