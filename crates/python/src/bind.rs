//! Python's argument rules: positional or by keyword, and the errors that a Python function would raise.

use ponton_core::desc::FnDesc;
use pyo3::ffi;

use crate::function::keyword;
use crate::py::{Py, Raised, Ref, Result};

/// The arguments of one call, one place a parameter.
pub(crate) enum Bound<'a> {
    /// Positional only: the parameters after these were left out.
    Plain(&'a [Ref<'a>]),
    Named(Vec<Option<Ref<'a>>>),
}

impl<'a> Bound<'a> {
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Ref<'a>> {
        match self {
            Self::Plain(args) => args.get(index).copied(),
            Self::Named(places) => places.get(index).copied().flatten(),
        }
    }
}

/// What errors need to know of the function.
#[derive(Clone, Copy)]
pub(crate) struct Callee {
    pub(crate) desc: &'static FnDesc,
    /// `Client.get`.
    pub(crate) qualname: &'static str,
    /// Whether `self` counts as an argument.
    pub(crate) receiver: bool,
}

/// Gives each of `args` its parameter. The last of them have the names in `keywords`.
#[inline]
pub(crate) fn bind<'a>(py: Py, callee: Callee, args: &'a [Ref<'a>], keywords: Option<Ref<'a>>) -> Result<Bound<'a>> {
    if keywords.is_none() && args.len() <= callee.desc.params.len() && args.len() >= callee.desc.required() {
        return Ok(Bound::Plain(args));
    }
    bind_slowly(py, callee, args, keywords)
}

#[cold]
fn bind_slowly<'a>(py: Py, callee: Callee, args: &'a [Ref<'a>], keywords: Option<Ref<'a>>) -> Result<Bound<'a>> {
    let (name, params) = (callee.qualname, callee.desc.params);
    // SAFETY: a tuple of `str`.
    let named = keywords.map_or(0, |names| unsafe { ffi::PyTuple_Size(names.as_ptr()) }.unsigned_abs());
    let (positional, by_name) = args.split_at(args.len() - named);
    let mut places: Vec<Option<Ref<'a>>> = vec![None; params.len()];
    for (place, &arg) in places.iter_mut().zip(positional) {
        *place = Some(arg);
    }
    if let Some(names) = keywords {
        for (index, &arg) in by_name.iter().enumerate() {
            let given = keyword(names, index).utf8()?;
            let Some(place) = params.iter().position(|param| param.name.python == given) else {
                return Err(Raised::type_error(py, &format!("{name}() got an unexpected keyword argument '{given}'")));
            };
            if places[place].replace(arg).is_some() {
                return Err(Raised::type_error(py, &format!("{name}() got multiple values for argument '{given}'")));
            }
        }
    }
    if positional.len() > params.len() {
        return Err(too_many(py, callee, positional.len()));
    }
    let missing: Vec<_> = params[..callee.desc.required()]
        .iter()
        .zip(&places)
        .filter(|(_, place)| place.is_none())
        .map(|(param, _)| format!("'{}'", param.name.python))
        .collect();
    if missing.is_empty() { Ok(Bound::Named(places)) } else { Err(lacking(py, name, &missing)) }
}

fn too_many(py: Py, callee: Callee, given: usize) -> Raised {
    let receiver = usize::from(callee.receiver);
    let (least, most) = (callee.desc.required() + receiver, callee.desc.params.len() + receiver);
    let given = given + receiver;
    let takes = if least == most { most.to_string() } else { format!("from {least} to {most}") };
    let plural = if most == 1 { "" } else { "s" };
    let were = if given == 1 { "was" } else { "were" };
    let message = format!("{}() takes {takes} positional argument{plural} but {given} {were} given", callee.qualname);
    Raised::type_error(py, &message)
}

fn lacking(py: Py, name: &str, missing: &[String]) -> Raised {
    let plural = if missing.len() == 1 { "" } else { "s" };
    let list = match missing {
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
        [] => String::new(),
    };
    let count = missing.len();
    Raised::type_error(py, &format!("{name}() missing {count} required positional argument{plural}: {list}"))
}
