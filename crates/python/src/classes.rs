//! The classes of records, enums and errors: made by `support.py`, built natively.

use ponton_core::desc::{CallbackDesc, EnumDesc, FieldDesc, Mode, RecordDesc, TypeDesc};
use pyo3::ffi;

use crate::py::{Global, Obj, Ptr, Py, Ref, Result, abi};
use crate::signature::annotation;
use crate::state::support;

/// What was made of one declared type.
pub(crate) enum Class {
    Record(Shape),
    /// The members of a plain enum.
    Plain(Vec<Global>),
    /// The variants of an enum with data.
    Union(Vec<Shape>),
    /// The variants of an error.
    Error(Vec<Shape>),
    Object(Global),
}

/// A class with fields.
pub(crate) struct Shape {
    pub(crate) class: Global,
    pub(crate) names: Vec<Global>,
    /// Where an instance keeps each field, if Python tells.
    slots: Option<Box<[usize]>>,
    pub(crate) fields: &'static [FieldDesc],
}

impl Shape {
    fn new(py: Py, class: Obj, fields: &'static [FieldDesc]) -> Result<Self> {
        let names: Vec<_> =
            fields.iter().map(|field| Ok(py.interned(field.name.python)?.forever())).collect::<Result<_>>()?;
        let slots = abi::slots(class.as_ref(), &names);
        Ok(Self { class: class.forever(), names, slots, fields })
    }

    /// A new instance. The class is frozen for Python, so its `__init__` and `__setattr__` are passed by.
    pub(crate) fn build<const N: usize>(&self, py: Py, values: [Obj; N]) -> crate::read::Result<Obj> {
        // SAFETY: attached; a heap type's allocator gives an instance whose slots are empty.
        let object = unsafe { Obj::owned(py, abi::alloc(self.class.as_type()))? };
        match self.slots.as_deref() {
            Some(slots) if slots.len() == N => {
                for (&slot, value) in slots.iter().zip(values) {
                    // SAFETY: the class has a reference, empty so far, at that offset of its instances.
                    unsafe { object.as_ptr().byte_add(slot).cast::<Ptr>().write(value.into_ptr()) }
                }
            }
            _ => {
                for (name, value) in self.names.iter().zip(&values) {
                    // SAFETY: attached; the generic setter fills the slots that the type declares.
                    if unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) } < 0 {
                        return Err(crate::read::Fault::Raised);
                    }
                }
            }
        }
        Ok(object)
    }
}

/// Makes classes for one package.
pub(crate) struct Maker<'a> {
    pub(crate) py: Py,
    pub(crate) package: &'a str,
    /// The functions of `support.py`.
    pub(crate) support: Ref<'a>,
}

impl Maker<'_> {
    pub(crate) fn record(&self, desc: &'static RecordDesc) -> Result<(Obj, Class)> {
        let class = self.dataclass(desc, None)?;
        let shape = Shape::new(self.py, class.clone(), desc.fields)?;
        Ok((class, Class::Record(shape)))
    }

    pub(crate) fn enumeration(&self, desc: &'static EnumDesc) -> Result<(Obj, Class)> {
        if desc.has_data { self.union(desc) } else { self.plain_enum(desc) }
    }

    pub(crate) fn error(&self, desc: &'static EnumDesc) -> Result<(Obj, Class)> {
        let (package, name, doc) = self.head(desc.name, desc.doc)?;
        let base = self.call(c"error", &[&package, &name, &doc])?;
        let mut shapes = Vec::new();
        for variant in desc.variants {
            let (_, name, doc) = self.head(variant.data.name, variant.data.doc)?;
            let code = self.py.str(variant.code)?;
            let fields = self.each(variant.data.fields, |field| {
                self.py.tuple([self.py.str(field.name.python)?, self.py.str(&annotation(&field.ty))?])
            })?;
            let class = self.call(c"variant", &[&base, &name, &doc, &code, &fields])?;
            shapes.push(Shape::new(self.py, class, variant.data.fields)?);
        }
        Ok((base, Class::Error(shapes)))
    }

    /// A `typing.Protocol` to derive from; any object with its methods will do.
    pub(crate) fn callback(&self, desc: &'static CallbackDesc) -> Result<Obj> {
        let (package, name, doc) = self.head(desc.name, desc.doc)?;
        let methods = self.each(desc.functions, |function| {
            let (_, name, doc) = self.head(function.name.python, function.doc)?;
            let params = self.each(function.params, |param| {
                let (name, ty) = (self.py.str(param.name.python)?, self.py.str(&annotation(&param.ty))?);
                self.py.tuple([name, ty, self.py.none()])
            })?;
            let returns = match (function.mode, &function.returns) {
                (Mode::Async, TypeDesc::Unit) => "Awaitable[object] | object".to_owned(),
                (Mode::Async, ty) => format!("Awaitable[{0}] | {0}", annotation(ty)),
                _ => "object".to_owned(),
            };
            self.py.tuple([name, doc, params, self.py.str(&returns)?])
        })?;
        self.call(c"protocol", &[&package, &name, &doc, &methods])
    }

    fn plain_enum(&self, desc: &'static EnumDesc) -> Result<(Obj, Class)> {
        let (package, name, doc) = self.head(desc.name, desc.doc)?;
        let members =
            self.each(desc.variants, |variant| self.py.tuple([self.py.str(variant.code)?, self.py.str(variant.tag)?]))?;
        let made = self.call(c"plain_enum", &[&package, &name, &doc, &members])?;
        // SAFETY: attached; the function answers a tuple of the class and a list of its members.
        unsafe {
            let class = Obj::borrowed(ffi::PyTuple_GetItem(made.as_ptr(), 0));
            let list = ffi::PyTuple_GetItem(made.as_ptr(), 1);
            let members = (0..ffi::PyList_Size(list))
                .map(|index| Obj::borrowed(ffi::PyList_GetItem(list, index)).forever())
                .collect();
            Ok((class, Class::Plain(members)))
        }
    }

    fn union(&self, desc: &'static EnumDesc) -> Result<(Obj, Class)> {
        let (package, name, doc) = self.head(desc.name, desc.doc)?;
        let base = self.call(c"union", &[&package, &name, &doc])?;
        let mut shapes = Vec::new();
        for variant in desc.variants {
            let class = self.dataclass(&variant.data, Some(&base))?;
            shapes.push(Shape::new(self.py, class, variant.data.fields)?);
        }
        Ok((base, Class::Union(shapes)))
    }

    fn dataclass(&self, desc: &'static RecordDesc, base: Option<&Obj>) -> Result<Obj> {
        let (package, name, doc) = self.head(desc.name, desc.doc)?;
        let fields = self.each(desc.fields, |field| {
            let optional = self.py.bool(matches!(field.ty, TypeDesc::Option(_)));
            self.py.tuple([self.py.str(field.name.python)?, self.py.str(&annotation(&field.ty))?, optional])
        })?;
        match base {
            Some(base) => self.call(c"record", &[&package, &name, &doc, &fields, base]),
            None => self.call(c"record", &[&package, &name, &doc, &fields]),
        }
    }

    fn head(&self, name: &str, doc: &str) -> Result<(Obj, Obj, Obj)> {
        let doc = if doc.is_empty() { self.py.none() } else { self.py.str(doc)? };
        Ok((self.py.str(self.package)?, self.py.str(name)?, doc))
    }

    fn each<T>(&self, items: &'static [T], make: impl Fn(&'static T) -> Result<Obj>) -> Result<Obj> {
        let objects = items.iter().map(make).collect::<Result<Vec<_>>>()?;
        self.py.tuple_of(objects.into_iter())
    }

    fn call(&self, name: &std::ffi::CStr, args: &[&Obj]) -> Result<Obj> {
        let args: Vec<Ref<'_>> = args.iter().map(|arg| arg.as_ref()).collect();
        self.py.call(support(self.support, name)?.as_ref(), &args)
    }
}
