//! The C API behind small safe types.
//!
//! [`Py`] proves that the thread is attached. [`Obj`] owns a reference, [`Ref`] borrows one. None of them is `Send`, and
//! this crate detaches only where none is in use, so whoever holds one is attached.

pub(crate) mod abi;
mod error;
mod types;

use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use pyo3::ffi;

pub(crate) use self::error::{Raised, Result};
pub(crate) use self::types::{Getter, Instance, Member, TypeSpec, guard};

pub(crate) type Ptr = *mut ffi::PyObject;

/// Proof that this thread is attached to the interpreter.
#[derive(Clone, Copy)]
pub(crate) struct Py(PhantomData<*mut ()>);

#[expect(clippy::unused_self, reason = "a token: having it is the proof")]
impl Py {
    /// # Safety
    /// The thread is attached, and stays so while the token lives.
    #[inline]
    pub(crate) const unsafe fn attached() -> Self {
        Self(PhantomData)
    }

    pub(crate) fn none(self) -> Obj {
        // SAFETY: attached; `None` is immortal or counted, and this counts.
        unsafe { Obj::borrowed(ffi::Py_None()) }
    }

    pub(crate) fn bool(self, value: bool) -> Obj {
        // SAFETY: attached; as for `None`.
        unsafe { Obj::borrowed(if value { ffi::Py_True() } else { ffi::Py_False() }) }
    }

    pub(crate) fn str(self, text: &str) -> Result<Obj> {
        // SAFETY: attached; the pointer and length are those of `text`, and no `str` is longer than `isize::MAX`.
        unsafe { Obj::owned(self, ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), len(text.len()))) }
    }

    /// The one `str` of that text which attribute names are compared with.
    pub(crate) fn interned(self, text: &str) -> Result<Obj> {
        let mut text = self.str(text)?.into_ptr();
        // SAFETY: attached; the reference is exchanged for one to the interned string.
        unsafe {
            ffi::PyUnicode_InternInPlace(&raw mut text);
            Obj::owned(self, text)
        }
    }

    pub(crate) fn int(self, value: i64) -> Result<Obj> {
        // SAFETY: attached.
        unsafe { Obj::owned(self, ffi::PyLong_FromLongLong(value)) }
    }

    pub(crate) fn bytes(self, data: &[u8]) -> Result<Obj> {
        // SAFETY: attached; the pointer and length are those of `data`.
        unsafe { Obj::owned(self, ffi::PyBytes_FromStringAndSize(data.as_ptr().cast(), len(data.len()))) }
    }

    pub(crate) fn import(self, name: &CStr) -> Result<Obj> {
        // SAFETY: attached.
        unsafe { Obj::owned(self, ffi::PyImport_ImportModule(name.as_ptr())) }
    }

    pub(crate) fn tuple<const N: usize>(self, items: [Obj; N]) -> Result<Obj> {
        self.tuple_of(items.into_iter())
    }

    pub(crate) fn tuple_of(self, items: impl ExactSizeIterator<Item = Obj>) -> Result<Obj> {
        // SAFETY: attached; the tuple is new, every slot is filled once before anybody sees it, and the slots own the
        // items.
        unsafe {
            let tuple = Obj::owned(self, ffi::PyTuple_New(len(items.len())))?;
            for (index, item) in items.enumerate() {
                ffi::PyTuple_SetItem(tuple.as_ptr(), len(index), item.into_ptr());
            }
            Ok(tuple)
        }
    }

    /// Calls `callable` with positional arguments.
    pub(crate) fn call(self, callable: Ref<'_>, args: &[Ref<'_>]) -> Result<Obj> {
        // SAFETY: attached; `Ref` is one non-null pointer (`repr(transparent)`), and the callee borrows them.
        unsafe {
            let result = ffi::PyObject_Vectorcall(callable.as_ptr(), args.as_ptr().cast(), args.len(), ptr::null_mut());
            Obj::owned(self, result)
        }
    }

    /// Calls `callable`; the last of the arguments are keywords, which `keywords` names.
    pub(crate) fn call_with(self, callable: Ref<'_>, args: &[Ref<'_>], keywords: Ref<'_>) -> Result<Obj> {
        // SAFETY: attached; as for `call`. The length of `keywords` is part of `args` but not of the count.
        unsafe {
            let count = args.len() - ffi::PyTuple_Size(keywords.as_ptr()).unsigned_abs();
            let (callable, args) = (callable.as_ptr(), args.as_ptr().cast());
            Obj::owned(self, ffi::PyObject_Vectorcall(callable, args, count, keywords.as_ptr()))
        }
    }

    /// Calls the method `name` of `args[0]`. The last of the arguments are keywords where `keywords` names them.
    pub(crate) fn call_method(self, name: Ref<'_>, args: &[Ref<'_>], keywords: Option<Ref<'_>>) -> Result<Obj> {
        // SAFETY: attached; as for `call`. The length of `keywords` is part of `args` but not of the count.
        unsafe {
            let named = keywords.map_or(0, |names| ffi::PyTuple_Size(names.as_ptr()).unsigned_abs());
            let keywords = keywords.map_or(ptr::null_mut(), Ref::as_ptr);
            let result =
                ffi::PyObject_VectorcallMethod(name.as_ptr(), args.as_ptr().cast(), args.len() - named, keywords);
            Obj::owned(self, result)
        }
    }
}

/// A borrowed reference that lives for `'a`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Ref<'a>(NonNull<ffi::PyObject>, PhantomData<&'a Obj>);

#[expect(clippy::unused_self, reason = "`py` only needs that it exists")]
impl<'a> Ref<'a> {
    /// # Safety
    /// `ptr` is not null, and the object lives for `'a`, during which the thread is attached.
    #[inline]
    pub(crate) const unsafe fn new(ptr: Ptr) -> Self {
        // SAFETY: by the caller's promise.
        Self(unsafe { NonNull::new_unchecked(ptr) }, PhantomData)
    }

    #[inline]
    pub(crate) const fn py(self) -> Py {
        Py(PhantomData)
    }

    #[inline]
    pub(crate) const fn as_ptr(self) -> Ptr {
        self.0.as_ptr()
    }

    pub(crate) fn to_owned(self) -> Obj {
        // SAFETY: alive, and attached.
        unsafe { Obj::borrowed(self.as_ptr()) }
    }

    pub(crate) fn is(self, other: Ref<'_>) -> bool {
        self.0 == other.0
    }

    pub(crate) fn is_none(self) -> bool {
        // SAFETY: only compares.
        unsafe { ffi::Py_IsNone(self.as_ptr()) != 0 }
    }

    pub(crate) fn type_ptr(self) -> *mut ffi::PyTypeObject {
        // SAFETY: alive.
        unsafe { ffi::Py_TYPE(self.as_ptr()) }
    }

    /// The name of its type, as error messages show it.
    pub(crate) fn type_name(self) -> String {
        abi::type_name(self)
    }

    pub(crate) fn is_instance(self, class: Ref<'_>) -> bool {
        // SAFETY: alive and attached; `class` is a type object in every use of this crate.
        unsafe { ffi::PyObject_TypeCheck(self.as_ptr(), class.as_ptr().cast()) != 0 }
    }

    pub(crate) fn attr(self, name: Ref<'_>) -> Result<Obj> {
        // SAFETY: alive and attached.
        unsafe { Obj::owned(self.py(), ffi::PyObject_GetAttr(self.as_ptr(), name.as_ptr())) }
    }

    pub(crate) fn attr_str(self, name: &CStr) -> Result<Obj> {
        // SAFETY: alive and attached.
        unsafe { Obj::owned(self.py(), ffi::PyObject_GetAttrString(self.as_ptr(), name.as_ptr())) }
    }

    pub(crate) fn set_attr(self, name: Ref<'_>, value: Ref<'_>) -> Result<()> {
        // SAFETY: alive and attached.
        Raised::unless(unsafe { ffi::PyObject_SetAttr(self.as_ptr(), name.as_ptr(), value.as_ptr()) } == 0)
    }

    pub(crate) fn set_attr_str(self, name: &CStr, value: Ref<'_>) -> Result<()> {
        // SAFETY: alive and attached.
        Raised::unless(unsafe { ffi::PyObject_SetAttrString(self.as_ptr(), name.as_ptr(), value.as_ptr()) } == 0)
    }

    /// `str(self)`, or a stand-in when that raises.
    pub(crate) fn display(self) -> String {
        // SAFETY: alive and attached.
        let text = unsafe { Obj::owned(self.py(), ffi::PyObject_Str(self.as_ptr())) };
        match text.and_then(|text| text.as_ref().utf8().map(str::to_owned)) {
            Ok(text) => text,
            Err(raised) => {
                raised.clear(self.py());
                format!("<{}>", self.type_name())
            }
        }
    }

    /// The UTF-8 form that a `str` caches.
    pub(crate) fn utf8(self) -> Result<&'a str> {
        let mut size = 0;
        // SAFETY: alive and attached; a `str` keeps the buffer as long as itself, and it is valid UTF-8.
        unsafe {
            let data = ffi::PyUnicode_AsUTF8AndSize(self.as_ptr(), &raw mut size);
            Raised::unless(!data.is_null())?;
            let bytes = std::slice::from_raw_parts(data.cast(), size.unsigned_abs());
            Ok(std::str::from_utf8_unchecked(bytes))
        }
    }
}

/// An owned reference.
#[repr(transparent)]
pub(crate) struct Obj(NonNull<ffi::PyObject>);

impl Obj {
    /// Takes over a new reference; null means that the error indicator is set.
    ///
    /// # Safety
    /// `ptr` is null after a failure, or a reference that is the caller's to give.
    #[inline]
    pub(crate) unsafe fn owned(_: Py, ptr: Ptr) -> Result<Self> {
        NonNull::new(ptr).map(Self).ok_or(Raised)
    }

    /// Takes a reference of its own.
    ///
    /// # Safety
    /// `ptr` is a living object, and the thread is attached.
    #[inline]
    pub(crate) unsafe fn borrowed(ptr: Ptr) -> Self {
        // SAFETY: by the caller's promise.
        unsafe {
            ffi::Py_INCREF(ptr);
            Self(NonNull::new_unchecked(ptr))
        }
    }

    #[inline]
    pub(crate) const fn as_ref(&self) -> Ref<'_> {
        Ref(self.0, PhantomData)
    }

    #[inline]
    pub(crate) const fn as_ptr(&self) -> Ptr {
        self.0.as_ptr()
    }

    /// Gives the reference to the caller.
    #[inline]
    pub(crate) fn into_ptr(self) -> Ptr {
        ManuallyDrop::new(self).as_ptr()
    }

    /// Keeps the object for the rest of the process.
    pub(crate) fn forever(self) -> Global {
        Global(ManuallyDrop::new(self).0)
    }
}

impl Clone for Obj {
    fn clone(&self) -> Self {
        self.as_ref().to_owned()
    }
}

impl Drop for Obj {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and the thread is attached (see the module).
        unsafe { ffi::Py_DECREF(self.as_ptr()) }
    }
}

/// An object that is never released, reachable from any attached thread.
#[derive(Clone, Copy)]
pub(crate) struct Global(NonNull<ffi::PyObject>);

// SAFETY: it is only turned into something usable by an attached thread (`get`).
unsafe impl Send for Global {}
// SAFETY: as above.
unsafe impl Sync for Global {}

impl Global {
    #[inline]
    pub(crate) const fn get(self, _: Py) -> Ref<'static> {
        Ref(self.0, PhantomData)
    }

    /// The pointer, for comparing.
    #[inline]
    pub(crate) const fn as_ptr(self) -> Ptr {
        self.0.as_ptr()
    }

    #[inline]
    pub(crate) const fn as_type(self) -> *mut ffi::PyTypeObject {
        self.0.as_ptr().cast()
    }
}

/// A Rust length as Python counts.
pub(crate) fn len(length: usize) -> ffi::Py_ssize_t {
    ffi::Py_ssize_t::try_from(length).unwrap_or(ffi::Py_ssize_t::MAX)
}
