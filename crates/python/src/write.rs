//! Host values going out: the core's [`Writer`].

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ponton_core::convert::{ConvertError, ConvertErrorKind, ErrorText, Int, IntoHost, PlainError, Writer};
use ponton_core::desc::{EnumDesc, RecordDesc};
use ponton_core::host::HostError;
use ponton_core::module::{Object, TypeSlot};
use pyo3::ffi;

use crate::classes::{Class, Shape};
use crate::py::{Obj, Py, len};
use crate::read::{Fault, Result};
use crate::state::class;
use crate::{buffer, error, instance, time};

/// Builds objects on an attached thread.
pub(crate) struct Out(pub(crate) Py);

impl Writer for Out {
    type Value = Obj;
    type Error = Fault;

    fn unit(&mut self) -> Result<Obj> {
        Ok(self.0.none())
    }

    fn bool(&mut self, value: bool) -> Result<Obj> {
        Ok(self.0.bool(value))
    }

    fn int<T: Int>(&mut self, value: T) -> Result<Obj> {
        match value.to_i64() {
            Some(narrow) => Ok(self.0.int(narrow)?),
            None => wide(self.0, value.to_parts()),
        }
    }

    fn float(&mut self, value: f64) -> Result<Obj> {
        // SAFETY: attached.
        Ok(unsafe { Obj::owned(self.0, ffi::PyFloat_FromDouble(value))? })
    }

    fn string(&mut self, value: &str) -> Result<Obj> {
        Ok(self.0.str(value)?)
    }

    fn bytes(&mut self, value: Bytes) -> Result<Obj> {
        buffer::find(self.0, &value).map_or_else(|| Ok(self.0.bytes(&value)?), Ok)
    }

    fn duration(&mut self, value: Duration) -> Result<Obj> {
        time::write_duration(self.0, value)
    }

    fn system_time(&mut self, value: SystemTime) -> Result<Obj> {
        time::write_system_time(self.0, value)
    }

    fn none(&mut self) -> Result<Obj> {
        Ok(self.0.none())
    }

    fn list<T: IntoHost>(&mut self, items: Vec<T>) -> Result<Obj> {
        // SAFETY: attached; a new list. Slots that a failure leaves empty are what a list's deallocator expects.
        let list = unsafe { Obj::owned(self.0, ffi::PyList_New(len(items.len())))? };
        for (index, item) in items.into_iter().enumerate() {
            let item = item.into_host(self)?;
            // SAFETY: in range; the list owns the item.
            unsafe { ffi::PyList_SetItem(list.as_ptr(), len(index), item.into_ptr()) };
        }
        Ok(list)
    }

    fn map<T: IntoHost>(&mut self, _: usize, entries: impl Iterator<Item = (String, T)>) -> Result<Obj> {
        // SAFETY: attached.
        let dict = unsafe { Obj::owned(self.0, ffi::PyDict_New())? };
        for (key, value) in entries {
            let (key, value) = (self.0.str(&key)?, value.into_host(self)?);
            // SAFETY: attached; the dict takes references of its own.
            if unsafe { ffi::PyDict_SetItem(dict.as_ptr(), key.as_ptr(), value.as_ptr()) } < 0 {
                return Err(Fault::Raised);
            }
        }
        Ok(dict)
    }

    fn tuple<const N: usize>(&mut self, items: [Obj; N]) -> Result<Obj> {
        Ok(self.0.tuple(items)?)
    }

    fn record<const N: usize>(
        &mut self,
        desc: &'static RecordDesc,
        slot: &'static TypeSlot,
        values: [Obj; N],
    ) -> Result<Obj> {
        let Some(Class::Record(shape)) = class(slot.index()) else { return unknown(desc.name) };
        shape.build(self.0, values)
    }

    fn plain_enum(&mut self, desc: &'static EnumDesc, slot: &'static TypeSlot, index: usize) -> Result<Obj> {
        match class(slot.index()) {
            Some(Class::Plain(members)) => Ok(members[index].get(self.0).to_owned()),
            _ => unknown(desc.name),
        }
    }

    fn union<const N: usize>(
        &mut self,
        desc: &'static EnumDesc,
        slot: &'static TypeSlot,
        index: usize,
        values: [Obj; N],
    ) -> Result<Obj> {
        match class(slot.index()) {
            Some(Class::Union(shapes)) => shapes[index].build(self.0, values),
            _ => unknown(desc.name),
        }
    }

    fn error<const N: usize>(
        &mut self,
        desc: &'static EnumDesc,
        slot: &'static TypeSlot,
        index: usize,
        text: ErrorText,
        values: [Obj; N],
    ) -> Result<Obj> {
        let Some(Class::Error(shapes)) = class(slot.index()) else { return unknown(desc.name) };
        exception(self.0, &shapes[index], &text, &values)
    }

    fn object<T: Object>(&mut self, object: Arc<T>) -> Result<Obj> {
        instance::new(self.0, object)
    }

    fn host_error(&mut self, error: &HostError) -> Result<Obj> {
        Ok(error::object(self.0, error))
    }

    fn plain_error(&mut self, error: PlainError) -> Result<Obj> {
        Ok(error::plain(self.0, &error)?)
    }
}

fn unknown<T>(name: &str) -> Result<T> {
    let message = format!("ponton: '{name}' is declared in a bridge module that this extension does not register");
    Err(ConvertError::new(ConvertErrorKind::Type, message).into())
}

/// An integer beyond 64 bits.
fn wide(py: Py, (negative, magnitude): (bool, u128)) -> Result<Obj> {
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    let (high, low) = ((magnitude >> 64) as u64, magnitude as u64);
    // SAFETY: attached; arithmetic on `int`s.
    unsafe {
        let low = Obj::owned(py, ffi::PyLong_FromUnsignedLongLong(low))?;
        let high = Obj::owned(py, ffi::PyLong_FromUnsignedLongLong(high))?;
        let bits = py.int(64)?;
        let shifted = Obj::owned(py, ffi::PyNumber_Lshift(high.as_ptr(), bits.as_ptr()))?;
        let value = Obj::owned(py, ffi::PyNumber_Or(shifted.as_ptr(), low.as_ptr()))?;
        if negative { Ok(Obj::owned(py, ffi::PyNumber_Negative(value.as_ptr()))?) } else { Ok(value) }
    }
}

/// An exception with its fields as attributes, and the chain of its sources as `__cause__`.
fn exception(py: Py, shape: &Shape, text: &ErrorText, values: &[Obj]) -> Result<Obj> {
    let message = py.str(&text.message)?;
    let made = py.call(shape.class.get(py), &[message.as_ref()])?;
    for (name, value) in shape.names.iter().zip(values) {
        made.as_ref().set_attr(name.get(py), value.as_ref())?;
    }
    error::set_cause(&made, error::causes(py, &text.sources)?);
    Ok(made)
}
