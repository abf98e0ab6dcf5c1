//! Heap types whose instances hold a Rust value.

use std::any::Any;
use std::ffi::{CStr, CString, c_int, c_ulong, c_void};
use std::mem::{self, MaybeUninit};
use std::panic::{self, AssertUnwindSafe};
use std::ptr;

use pyo3::ffi;

use super::{Global, Obj, Ptr, Py, Raised, Result, abi, len};
use crate::{exit, fork, handle};

/// An instance: the object header, a weak reference list, and the Rust value.
#[repr(C)]
pub(crate) struct Instance<T> {
    base: ffi::PyObject,
    weak: Ptr,
    /// Of the process that made it.
    generation: u32,
    finalized: abi::Finalized,
    value: MaybeUninit<T>,
}

impl<T> Instance<T> {
    pub(crate) const VALUE_OFFSET: usize = mem::offset_of!(Self, value);

    /// A new instance of a type with cycle collection. It is not tracked yet.
    ///
    /// # Safety
    /// `class` was made by [`TypeSpec::build`] for `T`, with cycle collection.
    pub(crate) unsafe fn new_collected(py: Py, class: Global, value: T) -> Result<Obj> {
        // SAFETY: the type has room for `Self`; `init` fills what the allocator does not.
        unsafe { Self::init(py, ffi::PyObject_GC_New::<ffi::PyObject>(class.as_type()), value) }
    }

    /// A new instance of a type without cycle collection.
    ///
    /// # Safety
    /// `class` was made by [`TypeSpec::build`] for `T`, or is a subclass of such a type.
    pub(crate) unsafe fn new_plain(py: Py, class: *mut ffi::PyTypeObject, value: T) -> Result<Obj> {
        // SAFETY: as above. `tp_alloc` is that of the type, which a Python subclass may have replaced.
        unsafe { Self::init(py, abi::alloc(class), value) }
    }

    /// A new instance in memory that held one before.
    ///
    /// # Safety
    /// `object` has a fresh header of a type made by [`TypeSpec::build`] for `T`, and no value.
    pub(crate) unsafe fn new_in(py: Py, object: Ptr, value: T) -> Result<Obj> {
        // SAFETY: by the caller's promise.
        unsafe { Self::init(py, object, value) }
    }

    unsafe fn init(py: Py, object: Ptr, value: T) -> Result<Obj> {
        // SAFETY: `object` is null or a fresh instance that nobody else knows.
        unsafe {
            let object = Obj::owned(py, object)?;
            let this = object.as_ptr().cast::<Self>();
            (&raw mut (*this).weak).write(ptr::null_mut());
            (&raw mut (*this).generation).write(fork::generation());
            (&raw mut (*this).finalized).write(abi::Finalized::no());
            (*this).value.write(value);
            Ok(object)
        }
    }

    /// The value of `object`.
    ///
    /// # Safety
    /// `object` is a living instance made by this type.
    #[inline]
    pub(crate) unsafe fn value<'a>(object: Ptr) -> &'a T {
        // SAFETY: by the caller's promise; the value is there until `drop_value`.
        unsafe { (*object.cast::<Self>()).value.assume_init_ref() }
    }

    /// Whether another process made it, and this one has a copy since it was forked.
    ///
    /// # Safety
    /// `object` is a living instance made by this type.
    #[inline]
    pub(crate) unsafe fn is_inherited(object: Ptr) -> bool {
        // SAFETY: by the caller's promise.
        unsafe { (*object.cast::<Self>()).generation != fork::generation() }
    }

    /// Calls the finalizer. False when the deallocator must do nothing more.
    ///
    /// # Safety
    /// The first step of the deallocator; `finalizer` is the type's, and the type has cycle collection.
    pub(crate) unsafe fn finalize(object: Ptr, finalizer: ffi::destructor) -> bool {
        // SAFETY: by the caller's promise.
        unsafe { abi::finalize(object, &raw const (*object.cast::<Self>()).finalized, finalizer) }
    }

    /// Clears weak references and drops the value. One that is inherited is leaked: it is the parent's.
    ///
    /// # Safety
    /// From the deallocator only, once.
    pub(crate) unsafe fn drop_value(object: Ptr) {
        // SAFETY: by the caller's promise nobody uses the object any more.
        unsafe {
            let this = object.cast::<Self>();
            if !(*this).weak.is_null() {
                ffi::PyObject_ClearWeakRefs(object);
            }
            if !Self::is_inherited(object) {
                (*this).value.assume_init_drop();
            }
        }
    }

    /// Frees the memory, and the instance's reference to its type.
    ///
    /// # Safety
    /// The last step of the deallocator, after [`Self::drop_value`].
    pub(crate) unsafe fn free(object: Ptr) {
        // SAFETY: by the caller's promise; a heap type's instances each own a reference to it.
        unsafe {
            let class = ffi::Py_TYPE(object);
            abi::free(class, object);
            ffi::Py_DECREF(class.cast());
        }
    }
}

/// A read-only, or writable, attribute.
pub(crate) struct Getter {
    pub(crate) name: &'static CStr,
    pub(crate) get: ffi::getter,
    pub(crate) set: Option<ffi::setter>,
    pub(crate) tag: usize,
}

/// A special member: an offset that the interpreter wants to know.
pub(crate) struct Member {
    pub(crate) name: &'static CStr,
    pub(crate) offset: usize,
}

/// What a heap type is made of.
pub(crate) struct TypeSpec<'a> {
    /// `package.Name`.
    pub(crate) name: &'a str,
    pub(crate) flags: c_ulong,
    pub(crate) slots: Vec<(c_int, *mut c_void)>,
    pub(crate) methods: Vec<ffi::PyMethodDef>,
    pub(crate) getters: Vec<Getter>,
    pub(crate) members: Vec<Member>,
}

impl TypeSpec<'_> {
    /// Makes the type for instances of `T`. What it refers to lives as long as the process, as the type does.
    pub(crate) fn build<T>(self, py: Py) -> Result<Global> {
        let mut slots: Vec<ffi::PyType_Slot> =
            self.slots.iter().map(|&(slot, pfunc)| ffi::PyType_Slot { slot, pfunc }).collect();
        let mut members: Vec<ffi::PyMemberDef> =
            vec![member(c"__weaklistoffset__", mem::offset_of!(Instance<T>, weak))];
        members.extend(self.members.iter().map(|m| member(m.name, m.offset)));
        members.push(ffi::PyMemberDef::default());
        slots.push(ffi::PyType_Slot { slot: ffi::Py_tp_members, pfunc: leak(members) });
        if !self.methods.is_empty() {
            let mut methods = self.methods;
            methods.push(ffi::PyMethodDef::zeroed());
            slots.push(ffi::PyType_Slot { slot: ffi::Py_tp_methods, pfunc: leak(methods) });
        }
        if !self.getters.is_empty() {
            let mut getters: Vec<ffi::PyGetSetDef> = self.getters.iter().map(getset).collect();
            getters.push(ffi::PyGetSetDef::default());
            slots.push(ffi::PyType_Slot { slot: ffi::Py_tp_getset, pfunc: leak(getters) });
        }
        slots.push(ffi::PyType_Slot { slot: 0, pfunc: ptr::null_mut() });
        let name = CString::new(self.name).unwrap_or_default();
        let mut spec = ffi::PyType_Spec {
            name: Box::leak(name.into_boxed_c_str()).as_ptr(),
            basicsize: c_int::try_from(size_of::<Instance<T>>()).unwrap_or(c_int::MAX),
            itemsize: 0,
            flags: c_uint_flags(self.flags | ffi::Py_TPFLAGS_DEFAULT),
            slots: slots.as_mut_ptr(),
        };
        // SAFETY: attached; the spec is well formed: zero-terminated tables, slots of the right signatures.
        unsafe { Obj::owned(py, ffi::PyType_FromSpec(&raw mut spec)) }.map(Obj::forever)
    }
}

fn c_uint_flags(flags: c_ulong) -> std::ffi::c_uint {
    std::ffi::c_uint::try_from(flags).unwrap_or_default()
}

fn leak<T>(items: Vec<T>) -> *mut c_void {
    Box::leak(items.into_boxed_slice()).as_mut_ptr().cast()
}

fn member(name: &'static CStr, offset: usize) -> ffi::PyMemberDef {
    ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset: len(offset),
        flags: ffi::Py_READONLY,
        doc: ptr::null(),
    }
}

fn getset(getter: &Getter) -> ffi::PyGetSetDef {
    ffi::PyGetSetDef {
        name: getter.name.as_ptr(),
        get: Some(getter.get),
        set: getter.set,
        doc: ptr::null(),
        closure: ptr::without_provenance_mut(getter.tag),
    }
}

/// Runs the body of a slot, then releases what Rust dropped meanwhile: a panic of this crate becomes `otherwise` with a `RuntimeError`, never an unwinding into C.
pub(crate) fn guard<R>(py: Py, otherwise: R, body: impl FnOnce() -> R) -> R {
    let _under_way = exit::enter(py);
    let result = panic::catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload: Box<dyn Any + Send>| {
        let message = ponton_core::panic::PanicMessage::from_payload(payload).message;
        let _ = Raised::runtime_error(py, &format!("ponton: internal panic: {message}"));
        otherwise
    });
    handle::release(py);
    result
}
