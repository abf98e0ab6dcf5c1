//! The fields of records, variants and tuples.

use std::cell::Cell;

use ponton_core::convert::{Fields, FromHost};
use pyo3::ffi;

use super::{Fault, Result, Value, tuple_item};
use crate::classes::Shape;
use crate::py::{Global, Obj, Py, Raised, Ref};

/// How deep records and variants may lie in each other: each level takes stack, and one that holds itself has no end.
const DEEPEST: u32 = 500;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// One more level, while it lives.
struct Level(());

impl Level {
    fn enter(py: Py) -> Result<Self> {
        if DEPTH.get() == DEEPEST {
            let message = format!("maximum recursion depth exceeded: {DEEPEST} values lie in each other");
            // SAFETY: a static of the interpreter.
            return Err(Raised::new(py, unsafe { ffi::PyExc_RecursionError }, &message).into());
        }
        DEPTH.set(DEPTH.get() + 1);
        Ok(Self(()))
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// The fields of a record, a variant or a tuple.
pub(crate) enum FieldsOf<'a> {
    Shape(Ref<'a>, &'static Shape),
    Tuple(Obj),
}

impl Fields for FieldsOf<'_> {
    type Error = Fault;

    fn field<T: FromHost>(&mut self, index: usize) -> Result<T> {
        match self {
            Self::Shape(object, shape) => {
                let _level = Level::enter(object.py())?;
                let name: Global = shape.names[index];
                let value = object.attr(name.get(object.py()))?;
                let named = |fault: Fault| fault.inside(shape.fields[index].name.python);
                T::from_host(Value(value.as_ref())).map_err(named)
            }
            Self::Tuple(items) => {
                T::from_host(Value(tuple_item(items.as_ref(), index))).map_err(|fault| fault.at(index))
            }
        }
    }
}
