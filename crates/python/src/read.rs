//! Host values coming in: the core's [`Reader`] over borrowed objects.

mod fields;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ponton_core::convert::{ConvertError, ConvertErrorKind, Int, Reader};
use ponton_core::desc::{CallbackDesc, EnumDesc, RecordDesc};
use ponton_core::host::function::{Callee, Signature};
use ponton_core::module::{Object, TypeSlot};
use pyo3::ffi;

pub(crate) use self::fields::FieldsOf;
use crate::callee::{self, MethodsOf};
use crate::classes::Class;
use crate::py::{Obj, Ptr, Py, Raised, Ref, abi, len};
use crate::state::{class, state};
use crate::{buffer, instance, time};

/// Why a value did not convert.
pub(crate) enum Fault {
    /// Python raised it; the error indicator is set.
    Raised,
    Convert(ConvertError),
}

pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

impl From<ConvertError> for Fault {
    fn from(error: ConvertError) -> Self {
        Self::Convert(error)
    }
}

impl From<Raised> for Fault {
    fn from(_: Raised) -> Self {
        Self::Raised
    }
}

impl Fault {
    /// Raises it; `place` says what was being converted.
    pub(crate) fn raise(self, py: Py, place: &str) -> Raised {
        let error = match self {
            Self::Raised => return note(py, place),
            Self::Convert(error) => error,
        };
        // SAFETY: statics of the interpreter.
        let kind: Ptr = unsafe {
            match error.kind {
                ConvertErrorKind::Type => ffi::PyExc_TypeError,
                ConvertErrorKind::Range => ffi::PyExc_OverflowError,
                // Text with a lone surrogate is refused by Python itself, with the real `UnicodeEncodeError`.
                ConvertErrorKind::Value | ConvertErrorKind::Unicode => ffi::PyExc_ValueError,
            }
        };
        let mut message = place.to_owned();
        match error.path.as_bytes().first() {
            None => {}
            Some(b'[') => message.push_str(&error.path),
            Some(_) => {
                let _ = write!(message, ".{}", error.path);
            }
        }
        let _ = write!(message, ": {}", error.message);
        Raised::new(py, kind, &message)
    }

    fn inside(self, name: &str) -> Self {
        match self {
            Self::Convert(error) => Self::Convert(error.in_field(name)),
            Self::Raised => Self::Raised,
        }
    }

    fn at(self, index: usize) -> Self {
        match self {
            Self::Convert(error) => Self::Convert(error.in_item(index)),
            Self::Raised => Self::Raised,
        }
    }
}

/// Says in a note where an error of Python's own came from (3.11 and later).
fn note(py: Py, place: &str) -> Raised {
    let error = Raised.take(py);
    let noted = py
        .str(&format!("in {place}"))
        .and_then(|text| py.call_method(state(py).names.add_note.get(py), &[error.as_ref(), text.as_ref()], None));
    if let Err(raised) = noted {
        raised.clear(py);
    }
    Raised::instance(error.as_ref())
}

pub(crate) fn refused<T>(message: String) -> Result<T> {
    Err(ConvertError::new(ConvertErrorKind::Type, message).into())
}

pub(crate) fn expected<T>(what: &str, found: Ref<'_>) -> Result<T> {
    let name = if found.is_none() { "None".to_owned() } else { found.type_name() };
    Err(ConvertError::expected(what, &name).into())
}

/// One value.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a>(pub(crate) Ref<'a>);

impl Value<'_> {
    fn py(self) -> Py {
        self.0.py()
    }
}

impl<'a> Reader for Value<'a> {
    type Error = Fault;
    type Fields = FieldsOf<'a>;
    type Methods = MethodsOf;

    fn unit(self) -> Result<()> {
        if self.0.is_none() { Ok(()) } else { expected("None", self.0) }
    }

    fn bool(self) -> Result<bool> {
        // SAFETY: statics of the interpreter, only compared.
        unsafe {
            if self.0.as_ptr() == ffi::Py_True() {
                return Ok(true);
            }
            if self.0.as_ptr() == ffi::Py_False() {
                return Ok(false);
            }
        }
        expected("bool", self.0)
    }

    fn int<T: Int>(self) -> Result<T> {
        // SAFETY: alive and attached.
        if unsafe { ffi::PyLong_Check(self.0.as_ptr()) } != 0 {
            return int_of(self.0);
        }
        // SAFETY: as above; a float has no `__index__`, so it is refused as every native function does.
        match unsafe { Obj::owned(self.py(), ffi::PyNumber_Index(self.0.as_ptr())) } {
            Ok(index) => int_of(index.as_ref()),
            // SAFETY: a static of the interpreter.
            Err(raised) if raised.is(self.py(), unsafe { ffi::PyExc_TypeError }) => {
                raised.clear(self.py());
                expected("int", self.0)
            }
            Err(raised) => Err(raised.into()),
        }
    }

    fn float(self) -> Result<f64> {
        let py = self.py();
        // SAFETY: alive and attached; takes `__float__` and `__index__`, as native functions do.
        let value = unsafe { ffi::PyFloat_AsDouble(self.0.as_ptr()) };
        // SAFETY: attached.
        if value.to_bits() != (-1.0_f64).to_bits() || unsafe { ffi::PyErr_Occurred() }.is_null() {
            return Ok(value);
        }
        let raised = Raised;
        // SAFETY: statics of the interpreter.
        let (wrong, large) = unsafe { (ffi::PyExc_TypeError, ffi::PyExc_OverflowError) };
        if raised.is(py, wrong) {
            raised.clear(py);
            return expected("float", self.0);
        }
        if raised.is(py, large) {
            raised.clear(py);
            return Err(ConvertError::new(ConvertErrorKind::Range, "int too large to convert to float").into());
        }
        Err(raised.into())
    }

    fn string(self) -> Result<String> {
        // SAFETY: alive and attached.
        if unsafe { ffi::PyUnicode_Check(self.0.as_ptr()) } == 0 {
            return expected("str", self.0);
        }
        Ok(self.0.utf8()?.to_owned())
    }

    fn bytes(self) -> Result<Bytes> {
        buffer::read(self.0)
    }

    fn duration(self) -> Result<Duration> {
        time::read_duration(self.0)
    }

    fn system_time(self) -> Result<SystemTime> {
        time::read_system_time(self.0)
    }

    fn option<T>(self, some: impl FnOnce(Self) -> Result<T>) -> Result<Option<T>> {
        if self.0.is_none() { Ok(None) } else { some(self).map(Some) }
    }

    fn list<T>(self, mut item: impl FnMut(Self) -> Result<T>) -> Result<Vec<T>> {
        let items = snapshot(self.0)?;
        // SAFETY: a tuple.
        let count = unsafe { ffi::PyTuple_Size(items.as_ptr()) }.unsigned_abs();
        (0..count).map(|index| item(lend(tuple_item(items.as_ref(), index))).map_err(|fault| fault.at(index))).collect()
    }

    fn map<T>(self, mut item: impl FnMut(Self) -> Result<T>) -> Result<Vec<(String, T)>> {
        let items = entries(self.0)?;
        // SAFETY: a list of pairs that nobody else knows.
        let count = unsafe { ffi::PyList_Size(items.as_ptr()) }.unsigned_abs();
        (0..count)
            .map(|index| {
                // SAFETY: in range.
                let pair = unsafe { Ref::new(ffi::PyList_GetItem(items.as_ptr(), len(index))) };
                let (key, value) = (tuple_item(pair, 0), tuple_item(pair, 1));
                // SAFETY: alive and attached.
                if unsafe { ffi::PyUnicode_Check(key.as_ptr()) } == 0 {
                    return expected("str keys", key);
                }
                let key = key.utf8()?.to_owned();
                let value = item(lend(value)).map_err(|fault| fault.inside(&format!("['{key}']")))?;
                Ok((key, value))
            })
            .collect()
    }

    fn tuple(self, count: usize) -> Result<FieldsOf<'a>> {
        // SAFETY: alive and attached.
        let is_list = unsafe { ffi::PyList_Check(self.0.as_ptr()) } != 0;
        // SAFETY: as above.
        if unsafe { ffi::PyTuple_Check(self.0.as_ptr()) } == 0 && !is_list {
            return expected(&format!("a tuple of {count}"), self.0);
        }
        let items = snapshot(self.0)?;
        // SAFETY: a tuple.
        let found = unsafe { ffi::PyTuple_Size(items.as_ptr()) }.unsigned_abs();
        if found != count {
            let name = if is_list { "list" } else { "tuple" };
            // As unpacking it would.
            let message = format!("expected a tuple of {count}, got a {name} of {found}");
            return Err(ConvertError::new(ConvertErrorKind::Value, message).into());
        }
        Ok(FieldsOf::Tuple(items))
    }

    fn record(self, desc: &'static RecordDesc, slot: &'static TypeSlot) -> Result<FieldsOf<'a>> {
        let Some(Class::Record(shape)) = class(slot.index()) else { return unknown(desc.name) };
        if !self.0.is_instance(shape.class.get(self.py())) {
            return expected(desc.name, self.0);
        }
        Ok(FieldsOf::Shape(self.0, shape))
    }

    fn plain_enum(self, desc: &'static EnumDesc, slot: &'static TypeSlot) -> Result<usize> {
        let Some(Class::Plain(members)) = class(slot.index()) else { return unknown(desc.name) };
        let found = members.iter().position(|member| member.as_ptr() == self.0.as_ptr());
        found.map_or_else(|| expected(desc.name, self.0), Ok)
    }

    fn union(self, desc: &'static EnumDesc, slot: &'static TypeSlot) -> Result<(usize, FieldsOf<'a>)> {
        let Some(Class::Union(shapes)) = class(slot.index()) else { return unknown(desc.name) };
        let exact = shapes.iter().position(|shape| self.0.type_ptr() == shape.class.as_type());
        let found = exact.or_else(|| shapes.iter().position(|shape| self.0.is_instance(shape.class.get(self.py()))));
        match found {
            Some(index) => Ok((index, FieldsOf::Shape(self.0, &shapes[index]))),
            None => expected(desc.name, self.0),
        }
    }

    fn object<T: Object>(self) -> Result<Arc<T>> {
        instance::get::<T>(self.0)?.map_or_else(|| expected(T::DESC.name, self.0), Ok)
    }

    fn function<S: Signature>(self) -> Result<Arc<dyn Callee<S>>> {
        callee::function(self.0)
    }

    fn awaitable<S: Signature<Args = ()>>(self) -> Result<Arc<dyn Callee<S>>> {
        callee::awaitable(self.0)
    }

    fn methods(self, desc: &'static CallbackDesc) -> Result<MethodsOf> {
        Ok(MethodsOf::new(self.0, desc))
    }

    fn error(self, _: &'static EnumDesc, slot: &'static TypeSlot) -> Option<(usize, FieldsOf<'a>)> {
        let Some(Class::Error(shapes)) = class(slot.index()) else { return None };
        let index = shapes.iter().position(|shape| self.0.is_instance(shape.class.get(self.py())))?;
        Some((index, FieldsOf::Shape(self.0, &shapes[index])))
    }
}

/// Lends an item of a snapshot to a closure that asks for the lifetime of the whole value.
fn lend<'a>(item: Ref<'_>) -> Value<'a> {
    // SAFETY: the snapshot outlives the closure's call, and the closure, some type's `from_host`, keeps nothing of the
    // value: what it makes owns its data.
    Value(unsafe { Ref::new(item.as_ptr()) })
}

fn unknown<T>(name: &str) -> Result<T> {
    let message = format!("ponton: '{name}' is declared in a bridge module that this extension does not register");
    Err(ConvertError::new(ConvertErrorKind::Type, message).into())
}

/// A number that is an `int`.
fn int_of<T: Int>(value: Ref<'_>) -> Result<T> {
    let mut overflow = 0;
    // SAFETY: alive and attached; an `int`, for which this does not raise.
    let narrow = unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &raw mut overflow) };
    let fits = if overflow == 0 { T::from_i64(narrow) } else { wide(value)? };
    fits.map_or_else(|| Err(ConvertError::out_of_range::<T>(value.display()).into()), Ok)
}

/// An `int` beyond 64 bits: its low half, and the rest.
fn wide<T: Int>(value: Ref<'_>) -> Result<Option<T>> {
    let py = value.py();
    // SAFETY: alive and attached; arithmetic on `int`s. The mask form does not raise for an `int`.
    unsafe {
        let low = u128::from(ffi::PyLong_AsUnsignedLongLongMask(value.as_ptr()));
        let bits = py.int(64)?;
        let high = Obj::owned(py, ffi::PyNumber_Rshift(value.as_ptr(), bits.as_ptr()))?;
        let mut overflow = 0;
        let signed = ffi::PyLong_AsLongLongAndOverflow(high.as_ptr(), &raw mut overflow);
        if signed == -1 && !ffi::PyErr_Occurred().is_null() {
            return Err(Fault::Raised); // a subclass shifts in its own way
        }
        if overflow == 0 {
            let wide = (i128::from(signed) << 64) | low.cast_signed();
            return Ok(T::from_i128(wide));
        }
        if overflow < 0 {
            return Ok(None);
        }
        let unsigned = ffi::PyLong_AsUnsignedLongLong(high.as_ptr());
        if !ffi::PyErr_Occurred().is_null() {
            Raised.clear(py);
            return Ok(None);
        }
        Ok(T::from_u128((u128::from(unsigned) << 64) | low))
    }
}

/// The items as they are now: converting one may run Python code that changes the original.
fn snapshot(value: Ref<'_>) -> Result<Obj> {
    let py = value.py();
    // SAFETY: alive and attached.
    unsafe {
        let object = value.as_ptr();
        if ffi::PyTuple_CheckExact(object) != 0 {
            return Ok(value.to_owned());
        }
        if ffi::PyList_Check(object) != 0 {
            return Ok(Obj::owned(py, ffi::PyList_AsTuple(object))?);
        }
        // Iterable, but never meant as a list.
        let other = ffi::PyUnicode_Check(object) != 0
            || ffi::PyBytes_Check(object) != 0
            || ffi::PyByteArray_Check(object) != 0
            || ffi::PyDict_Check(object) != 0;
        if other || (!abi::has_iter(value) && ffi::PySequence_Check(object) == 0) {
            return expected("list", value);
        }
        // By a list, for a tuple would be made, and filled, as long as the value says that it is, true or not.
        let items = Obj::owned(py, ffi::PySequence_List(object))?;
        Ok(Obj::owned(py, ffi::PyList_AsTuple(items.as_ptr()))?)
    }
}

fn entries(value: Ref<'_>) -> Result<Obj> {
    let py = value.py();
    // SAFETY: alive and attached.
    unsafe {
        if ffi::PyDict_Check(value.as_ptr()) != 0 {
            return Ok(Obj::owned(py, ffi::PyDict_Items(value.as_ptr()))?);
        }
        if ffi::PyMapping_Check(value.as_ptr()) == 0
            || ffi::PyObject_HasAttrString(value.as_ptr(), c"items".as_ptr()) == 0
        {
            return expected("dict", value);
        }
        let items = Obj::owned(py, ffi::PyMapping_Items(value.as_ptr()))?;
        let pairs = Obj::owned(py, ffi::PySequence_List(items.as_ptr()))?;
        for index in 0..ffi::PyList_Size(pairs.as_ptr()) {
            let pair = ffi::PyList_GetItem(pairs.as_ptr(), index);
            if ffi::PyTuple_Check(pair) == 0 || ffi::PyTuple_Size(pair) != 2 {
                return expected("dict", value);
            }
        }
        Ok(pairs)
    }
}

fn tuple_item(tuple: Ref<'_>, index: usize) -> Ref<'_> {
    // SAFETY: a tuple, and in range by the callers' counts; tuples do not change.
    unsafe { Ref::new(ffi::PyTuple_GetItem(tuple.as_ptr(), len(index))) }
}
