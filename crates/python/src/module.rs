//! Installs bridge modules in the Python module.

use std::ffi::CString;

use ponton_core::desc::{CallbackDesc, EnumDesc, FnDesc, FnKind, Mode, RecordDesc};
use ponton_core::module::{Function, Module, Object, ObjectVisitor, TypeSlot, Visitor};
use pyo3::ffi;

use crate::classes::{Class, Maker};
use crate::py::{Global, Obj, Py, Raised, Ref, Result};
use crate::state::{State, support};
use crate::{call, function, instance};

/// The Python module under construction.
pub(crate) struct Install<'a> {
    pub(crate) py: Py,
    /// The package; it lives as long as the process.
    pub(crate) package: &'static str,
    pub(crate) module: Ref<'a>,
    pub(crate) state: &'static State,
    pub(crate) classes: Vec<Option<Class>>,
    pub(crate) names: Vec<String>,
    /// The first failure. The visitor's methods cannot return one.
    pub(crate) failure: Option<Raised>,
}

impl Install<'_> {
    pub(crate) fn run<M: Module>(&mut self) {
        M::visit(self);
    }

    /// Exports `value` as `name`.
    pub(crate) fn export(&mut self, name: &str, value: Ref<'_>) -> Result<()> {
        if self.names.iter().any(|known| known == name) {
            let message = format!("two bridge modules of '{}' declare '{name}': rename one", self.package);
            // SAFETY: a static of the interpreter.
            return Err(Raised::new(self.py, unsafe { ffi::PyExc_ImportError }, &message));
        }
        let c_name = CString::new(name).unwrap_or_default();
        self.module.set_attr_str(&c_name, value)?;
        self.names.push(name.to_owned());
        Ok(())
    }

    fn attempt(&mut self, body: impl FnOnce(&mut Self) -> Result<()>) {
        if self.failure.is_none()
            && let Err(raised) = body(self)
        {
            self.failure = Some(raised);
        }
    }

    fn keep(&mut self, slot: &TypeSlot, class: Class) {
        let index = slot.index();
        if self.classes.len() <= index {
            self.classes.resize_with(index + 1, || None);
        }
        self.classes[index] = Some(class);
    }

    fn maker(&self) -> Maker<'static> {
        Maker { py: self.py, package: self.package, support: self.state.support.get(self.py) }
    }

    fn declare(&mut self, name: &str, slot: &TypeSlot, made: Result<(Obj, Class)>) -> Result<()> {
        let (object, class) = made?;
        self.export(name, object.as_ref())?;
        self.keep(slot, class);
        Ok(())
    }

    fn new_function<F: Function>(&self, qualname: &'static str) -> Result<Obj> {
        function::new(self.py, call::vectorcall::<F>, F::DESC, qualname, self.package)
    }
}

impl Visitor for Install<'_> {
    fn function<F: Function>(&mut self) {
        self.attempt(|this| {
            let name = F::DESC.name.python;
            let function = this.new_function::<F>(name)?;
            this.export(name, function.as_ref())
        });
    }

    fn object<T: Object>(&mut self) {
        self.attempt(|this| {
            let mut members = Members { install: this, owner: T::DESC.name, made: Vec::new(), constructor: None };
            T::visit(&mut members);
            let Members { made, constructor, .. } = members;
            let new = constructor.as_ref().map(|(_, new)| *new);
            let class = instance::new_class::<T>(this.py, this.package, new)?;
            this.fill(class, made, constructor.map(|(desc, _)| desc))?;
            this.export(T::DESC.name, class.get(this.py))?;
            this.keep(T::slot(), Class::Object(class));
            Ok(())
        });
    }

    fn record(&mut self, desc: &'static RecordDesc, slot: &'static TypeSlot) {
        self.attempt(|this| {
            let made = this.maker().record(desc);
            this.declare(desc.name, slot, made)
        });
    }

    fn enumeration(&mut self, desc: &'static EnumDesc, slot: &'static TypeSlot) {
        self.attempt(|this| {
            let made = this.maker().enumeration(desc);
            this.declare(desc.name, slot, made)
        });
    }

    fn error(&mut self, desc: &'static EnumDesc, slot: &'static TypeSlot) {
        self.attempt(|this| {
            let made = this.maker().error(desc);
            this.declare(desc.name, slot, made)
        });
    }

    fn callback(&mut self, desc: &'static CallbackDesc) {
        self.attempt(|this| {
            let protocol = this.maker().callback(desc)?;
            this.export(desc.name, protocol.as_ref())
        });
    }
}

impl Install<'_> {
    /// Gives a class its functions, its signature and, where it has `close`, its context manager.
    fn fill(
        &self,
        class: Global,
        members: Vec<(&'static FnDesc, Result<Obj>)>,
        constructor: Option<&'static FnDesc>,
    ) -> Result<()> {
        let (py, class) = (self.py, class.get(self.py));
        for (desc, function) in members {
            let function = function?;
            let member = match desc.kind {
                FnKind::Getter => {
                    // SAFETY: attached; a type of the interpreter.
                    let property = unsafe { Ref::new((&raw mut ffi::PyProperty_Type).cast()) };
                    py.call(property, &[function.as_ref()])?
                }
                FnKind::Static => {
                    let wrap = py.import(c"builtins")?.as_ref().attr_str(c"staticmethod")?;
                    py.call(wrap.as_ref(), &[function.as_ref()])?
                }
                _ => function,
            };
            let name = CString::new(desc.name.python).unwrap_or_default();
            class.set_attr_str(&name, member.as_ref())?;
            if desc.name.python == "close" && desc.kind == FnKind::Method && desc.required() == 0 {
                let closable = support(self.state.support.get(py), c"closable")?;
                py.call(closable.as_ref(), &[class, py.bool(desc.mode != Mode::Sync).as_ref()])?;
            }
        }
        if let Some(desc) = constructor {
            let shown = function::new(py, refused, desc, desc.name.python, self.package)?;
            class.set_attr_str(c"__signature__", shown.as_ref().attr_str(c"__signature__")?.as_ref())?;
        }
        Ok(())
    }
}

/// The function that lends a class its signature is never called.
unsafe extern "C" fn refused(
    _: *mut ffi::PyObject,
    _: *const *mut ffi::PyObject,
    _: usize,
    _: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls it attached.
    let _ = Raised::type_error(unsafe { Py::attached() }, "call the class");
    std::ptr::null_mut()
}

/// Collects the functions of one object.
struct Members<'a, 'b> {
    install: &'a Install<'b>,
    owner: &'static str,
    made: Vec<(&'static FnDesc, Result<Obj>)>,
    constructor: Option<(&'static FnDesc, ffi::newfunc)>,
}

impl ObjectVisitor for Members<'_, '_> {
    fn function<F: Function>(&mut self) {
        if F::DESC.kind == FnKind::Constructor {
            self.constructor = Some((F::DESC, instance::construct::<F>));
            return;
        }
        let qualname = Box::leak(format!("{}.{}", self.owner, F::DESC.name.python).into_boxed_str());
        let made = self.install.new_function::<F>(qualname);
        self.made.push((F::DESC, made));
    }
}
