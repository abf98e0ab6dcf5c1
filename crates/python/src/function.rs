//! The callable type of functions and methods.
//!
//! A builtin cannot say that it returns an awaitable. This type looks like a Python function where `inspect` and
//! `asyncio` look (`__code__`, `__defaults__`, …), and is called through vectorcall.

use std::ffi::{CStr, c_void};
use std::mem;
use std::ptr;

use ponton_core::desc::{FnDesc, FnKind, Mode};
use pyo3::ffi;

use crate::py::{Getter, Global, Instance, Member, Obj, Ptr, Py, Raised, Ref, Result, TypeSpec, abi, len};
use crate::signature;
use crate::state::state;

/// What a function instance holds. Functions live as long as the process.
#[repr(C)]
pub(crate) struct Function {
    /// First, at a known offset: the interpreter reads it.
    vectorcall: ffi::vectorcallfunc,
    pub(crate) desc: &'static FnDesc,
    /// `Client.get`.
    pub(crate) qualname: &'static str,
    /// The package.
    pub(crate) module: &'static str,
}

pub(crate) fn value(function: Ref<'_>) -> &Function {
    // SAFETY: only functions come here, and they outlive the reference.
    unsafe { Instance::value(function.as_ptr()) }
}

/// `kv.Client.get`.
pub(crate) fn full_name(function: Ref<'_>) -> String {
    let function = value(function);
    format!("{}.{}", function.module, function.qualname)
}

/// A function, or the function behind a method or getter.
pub(crate) fn new(
    py: Py,
    call: ffi::vectorcallfunc,
    desc: &'static FnDesc,
    qualname: &'static str,
    module: &'static str,
) -> Result<Obj> {
    let held = Function { vectorcall: call, desc, qualname, module };
    // SAFETY: the type is that of `Function`, without cycle collection.
    unsafe { Instance::new_plain(py, state(py).function_type.as_type(), held) }
}

impl Function {
    pub(crate) fn is_async(&self) -> bool {
        self.desc.mode != Mode::Sync
    }

    pub(crate) fn has_receiver(&self) -> bool {
        matches!(self.desc.kind, FnKind::Method | FnKind::Getter)
    }
}

const ATTRIBUTES: [&CStr; 12] = [
    c"__name__",
    c"__qualname__",
    c"__module__",
    c"__doc__",
    c"__text_signature__",
    c"__signature__",
    c"__annotations__",
    c"__globals__",
    c"__code__",
    c"__defaults__",
    c"__kwdefaults__",
    c"_is_coroutine_marker",
];

pub(crate) fn class(py: Py, package: &str) -> Result<Global> {
    let spec = TypeSpec {
        name: &format!("{package}.function"),
        flags: ffi::Py_TPFLAGS_HAVE_VECTORCALL
            | ffi::Py_TPFLAGS_METHOD_DESCRIPTOR
            | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION,
        slots: vec![
            (ffi::Py_tp_call, ffi::PyVectorcall_Call as *mut c_void),
            (ffi::Py_tp_descr_get, descr_get as *mut c_void),
            (ffi::Py_tp_repr, repr as *mut c_void),
            (ffi::Py_tp_dealloc, dealloc as *mut c_void),
        ],
        methods: vec![ffi::PyMethodDef {
            ml_name: c"__reduce__".as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunction: reduce },
            ml_flags: ffi::METH_NOARGS,
            ml_doc: ptr::null(),
        }],
        getters: ATTRIBUTES
            .iter()
            .enumerate()
            .map(|(tag, &name)| Getter { name, get: attribute, set: None, tag })
            .collect(),
        members: vec![Member {
            name: c"__vectorcalloffset__",
            offset: Instance::<Function>::VALUE_OFFSET + mem::offset_of!(Function, vectorcall),
        }],
    };
    spec.build::<Function>(py)
}

unsafe extern "C" fn attribute(this: Ptr, tag: *mut c_void) -> Ptr {
    // SAFETY: the interpreter calls getters attached, with a living instance.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    let held = value(this);
    let found = match tag.addr() {
        0 => py.str(held.desc.name.python),
        1 => py.str(held.qualname),
        2 => py.str(held.module),
        3 if held.desc.doc.is_empty() => Ok(py.none()),
        3 => py.str(held.desc.doc),
        4 => py.str(&signature::text(held)),
        5 => signature::object(py, held),
        6 => signature::annotations(py, held),
        7 => state(py)
            .support(py, c"function_globals")
            .and_then(|make| py.call(make.as_ref(), &[py.str(held.module)?.as_ref()])),
        // Only what returns an awaitable shows what makes `inspect` take it for a coroutine function.
        _ if !held.is_async() => {
            let name = ATTRIBUTES[tag.addr()].to_string_lossy();
            // SAFETY: a static of the interpreter.
            let class = unsafe { ffi::PyExc_AttributeError };
            Err(Raised::new(py, class, &format!("'function' object has no attribute '{name}'")))
        }
        8 => signature::code(py, held),
        11 => state(py).support(py, c"coroutine_mark").and_then(|mark| py.call(mark.as_ref(), &[])),
        _ => Ok(py.none()),
    };
    found.map_or(ptr::null_mut(), Obj::into_ptr)
}

unsafe extern "C" fn descr_get(this: Ptr, instance: Ptr, _: Ptr) -> Ptr {
    // SAFETY: the interpreter calls slots attached, with living objects; `instance` is null for access through the class.
    unsafe {
        if instance.is_null() || ffi::Py_IsNone(instance) != 0 {
            return Ref::new(this).to_owned().into_ptr();
        }
        abi::bind_method(Ref::new(this), Ref::new(instance)).map_or(ptr::null_mut(), Obj::into_ptr)
    }
}

unsafe extern "C" fn repr(this: Ptr) -> Ptr {
    // SAFETY: as for `attribute`.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    py.str(&format!("<function {}>", full_name(this))).map_or(ptr::null_mut(), Obj::into_ptr)
}

/// Pickles by name, as functions do.
unsafe extern "C" fn reduce(this: Ptr, _: Ptr) -> Ptr {
    // SAFETY: as for `attribute`.
    let (py, this) = unsafe { (Py::attached(), Ref::new(this)) };
    py.str(value(this).qualname).map_or(ptr::null_mut(), Obj::into_ptr)
}

unsafe extern "C" fn dealloc(this: Ptr) {
    // SAFETY: the interpreter calls it attached, once, when nobody refers to the instance any more.
    unsafe {
        Instance::<Function>::drop_value(this);
        Instance::<Function>::free(this);
    }
}

/// The arguments of a vectorcall.
///
/// # Safety
/// `args` and `keywords` come from the interpreter: `count` positional arguments, then one for each name.
pub(crate) unsafe fn arguments<'a>(args: *const Ptr, count: usize, keywords: Ptr) -> (&'a [Ref<'a>], Option<Ref<'a>>) {
    // SAFETY: by the caller's promise; `Ref` is one pointer, and the callee borrows.
    unsafe {
        let keywords = (!keywords.is_null()).then(|| Ref::new(keywords));
        let named = keywords.map_or(0, |names| ffi::PyTuple_Size(names.as_ptr()).unsigned_abs());
        let all = count + named;
        let args = if all == 0 { &[] } else { std::slice::from_raw_parts(args.cast(), all) };
        (args, keywords)
    }
}

/// Name `index` of the keywords.
pub(crate) fn keyword(names: Ref<'_>, index: usize) -> Ref<'_> {
    // SAFETY: a tuple, and in range by the caller's count.
    unsafe { Ref::new(ffi::PyTuple_GetItem(names.as_ptr(), len(index))) }
}
