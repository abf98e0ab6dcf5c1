//! Instances of `#[object]` classes: an `Arc` in a Python object.

use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::Arc;

use ponton_core::desc::TypeDesc;
use ponton_core::module::{self, Object};
use pyo3::ffi;

use crate::call;
use crate::classes::Class;
use crate::exit;
use crate::fork;
use crate::function::arguments;
use crate::future::class::Suspended;
use crate::host::enter_context;
use crate::py::{Global, Instance, Obj, Ptr, Py, Raised, Ref, Result, TypeSpec, guard};
use crate::state::class;

fn class_of<T: Object>() -> Option<Global> {
    match class(T::slot().index()) {
        Some(Class::Object(class)) => Some(*class),
        _ => None,
    }
}

/// The object behind an instance, if it is one of the class.
///
/// # Errors
/// `ForkedError`, when a parent process made it.
#[inline]
pub(crate) fn get<T: Object>(value: Ref<'_>) -> Result<Option<Arc<T>>> {
    if !class_of::<T>().is_some_and(|class| value.is_instance(class.get(value.py()))) {
        return Ok(None);
    }
    // SAFETY: the type check proves that it is an instance of the class made for `T`.
    unsafe {
        if Instance::<Arc<T>>::is_inherited(value.as_ptr()) {
            return Err(inherited(value.py(), T::DESC.name));
        }
        Ok(Some(Arc::clone(Instance::value(value.as_ptr()))))
    }
}

#[cold]
fn inherited(py: Py, class: &str) -> Raised {
    let text = format!(
        "this '{class}' was made before the process forked, and is the parent's: its connections and tasks are not in the \
         child. Make a new one here"
    );
    fork::error(py, &text)
}

/// A new instance.
pub(crate) fn new<T: Object>(py: Py, object: Arc<T>) -> crate::read::Result<Obj> {
    let Some(class) = class_of::<T>() else {
        let message =
            format!("ponton: '{}' is declared in a bridge module that this extension does not register", T::DESC.name);
        return Err(Raised::type_error(py, &message).into());
    };
    Ok(new_of(py, class.as_type(), object)?)
}

/// A new instance of the class, or of a subclass of it.
pub(crate) fn new_of<T: Object>(py: Py, class: *mut ffi::PyTypeObject, object: Arc<T>) -> Result<Obj> {
    // SAFETY: the class was made for `T`, or derives from one that was: it comes from `class_of`, or from `tp_new`.
    unsafe { Instance::new_plain(py, class, object) }
}

/// The class for `T`. `constructor` is its `tp_new`; without one, calling the class is refused with a hint.
pub(crate) fn new_class<T: Object>(py: Py, package: &str, constructor: Option<ffi::newfunc>) -> Result<Global> {
    let mut slots = vec![(ffi::Py_tp_dealloc, dealloc::<T> as *mut std::ffi::c_void)];
    let new = constructor.unwrap_or(refuse::<T>);
    slots.push((ffi::Py_tp_new, new as *mut std::ffi::c_void));
    let doc = std::ffi::CString::new(T::DESC.doc).unwrap_or_default();
    slots.push((ffi::Py_tp_doc, doc.as_ptr().cast_mut().cast()));
    let flags = if constructor.is_some() { ffi::Py_TPFLAGS_BASETYPE } else { 0 };
    let name = format!("{package}.{}", T::DESC.name);
    let spec = TypeSpec { name: &name, flags, slots, methods: Vec::new(), getters: Vec::new(), members: Vec::new() };
    spec.build::<Arc<T>>(py)
}

/// `tp_new` of a class whose constructor is `F`.
pub(crate) unsafe extern "C" fn construct<F: module::Function>(
    class: *mut ffi::PyTypeObject,
    args: Ptr,
    keywords: Ptr,
) -> Ptr {
    // SAFETY: the interpreter calls it attached, with a tuple, and a dict or null.
    let (py, args) = unsafe { (Py::attached(), Ref::new(args)) };
    guard(py, ptr::null_mut(), || {
        let name = match F::DESC.returns {
            TypeDesc::Object { name, .. } => name,
            _ => F::DESC.name.python,
        };
        with_arguments(py, args, keywords, |args, names| call::construct::<F>(py, class, name, args, names))
            .map_or(ptr::null_mut(), Obj::into_ptr)
    })
}

/// Lays a tuple and a dict out as vectorcall does.
fn with_arguments(
    py: Py,
    args: Ref<'_>,
    keywords: Ptr,
    body: impl FnOnce(&[Ref<'_>], Option<Ref<'_>>) -> Result<Obj>,
) -> Result<Obj> {
    let mut laid: Vec<Obj> = Vec::new();
    let mut names = None;
    // SAFETY: attached; a tuple and a dict that outlive the call, whose items are owned here meanwhile.
    unsafe {
        for index in 0..ffi::PyTuple_Size(args.as_ptr()) {
            laid.push(Obj::borrowed(ffi::PyTuple_GetItem(args.as_ptr(), index)));
        }
        let count = laid.len();
        if !keywords.is_null() {
            let mut given = Vec::new();
            let (mut position, mut key, mut value) = (0, ptr::null_mut(), ptr::null_mut());
            while ffi::PyDict_Next(keywords, &raw mut position, &raw mut key, &raw mut value) != 0 {
                given.push(Obj::borrowed(key));
                laid.push(Obj::borrowed(value));
            }
            names = Some(py.tuple_of(given.into_iter())?);
        }
        let pointers: Vec<Ptr> = laid.iter().map(Obj::as_ptr).collect();
        let names = names.as_ref().map_or(ptr::null_mut(), Obj::as_ptr);
        let (args, names) = arguments(pointers.as_ptr(), count, names);
        body(args, names)
    }
}

/// `tp_new` of a class without a constructor.
unsafe extern "C" fn refuse<T: Object>(_: *mut ffi::PyTypeObject, _: Ptr, _: Ptr) -> Ptr {
    // SAFETY: the interpreter calls it attached.
    let py = unsafe { Py::attached() };
    let name = T::DESC.name;
    let makes = |f: &&ponton_core::desc::FnDesc| {
        f.kind == ponton_core::desc::FnKind::Static
            && matches!(f.returns, TypeDesc::Object { name: returned, .. } if returned == name)
    };
    let other = T::DESC.functions.iter().find(makes);
    let hint = other.map_or_else(String::new, |f| format!("; use {name}.{}(...)", f.name.python));
    let _ = Raised::type_error(py, &format!("cannot create '{name}' instances{hint}"));
    ptr::null_mut()
}

unsafe extern "C" fn dealloc<T: Object>(this: Ptr) {
    // SAFETY: the interpreter calls it attached, once, when nobody refers to the instance any more. A Python subclass
    // tracks its instances itself before and after.
    unsafe {
        let py = Py::attached();
        // The author's destructor may need the runtime, and may panic. An error may be on its way meanwhile.
        let pending = Suspended::new(py);
        let is_inherited = Instance::<Arc<T>>::is_inherited(this);
        let dropped = panic::catch_unwind(AssertUnwindSafe(|| {
            if !exit::is_exiting() && !is_inherited {
                enter_context();
            }
            Instance::<Arc<T>>::drop_value(this);
        }));
        if let Err(payload) = dropped {
            let message = ponton_core::panic::PanicMessage::from_payload(payload).message;
            Raised::new(py, crate::state::state(py).panic_error.as_ptr(), &message).unraisable(None);
        }
        crate::handle::release(py);
        drop(pending);
        Instance::<Arc<T>>::free(this);
    }
}
