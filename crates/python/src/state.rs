//! What one loaded module keeps for the life of the process.

use std::sync::OnceLock;

use pyo3::ffi;

use crate::classes::Class;
use crate::py::{Global, Obj, Py, Ref, Result};

/// Types, exceptions and names, made once by `PyInit__native`.
pub(crate) struct State {
    pub(crate) function_type: Global,
    pub(crate) awaitable_type: Global,
    pub(crate) future_type: Global,
    pub(crate) drainer_type: Global,
    pub(crate) reply_type: Global,
    /// `("loop", "eager_start")`, where a Task can take its first step at once.
    pub(crate) eager_keywords: Option<Global>,
    pub(crate) panic_error: Global,
    pub(crate) aborted_error: Global,
    pub(crate) forked_error: Global,
    /// The functions of `support.py`, as a dict.
    pub(crate) support: Global,
    pub(crate) origin_depth: OriginDepth,
    pub(crate) names: Names,
}

/// `sys.get_coroutine_origin_tracking_depth`. Every call of ours asks it, so it is called past the interpreter's protocol.
pub(crate) struct OriginDepth {
    function: Global,
    /// The C function behind it, and the module that it takes.
    direct: Option<(ffi::PyCFunction, Global)>,
    /// What it answers but in debug mode. `CPython` has one such `int`.
    zero: Global,
}

impl OriginDepth {
    pub(crate) fn new(py: Py) -> Result<Self> {
        let sys = py.import(c"sys")?;
        let function = sys.as_ref().attr_str(c"get_coroutine_origin_tracking_depth")?;
        // SAFETY: attached; the flags say what the pointer's signature is, and a builtin lends its module.
        let direct = unsafe {
            let builtin = ffi::PyCFunction_CheckExact(function.as_ptr()) != 0
                && ffi::PyCFunction_GetFlags(function.as_ptr()) == ffi::METH_NOARGS
                && ffi::PyCFunction_GetSelf(function.as_ptr()) == sys.as_ptr();
            let found = if builtin { ffi::PyCFunction_GetFunction(function.as_ptr()) } else { None };
            found.map(|found| (found, sys.forever()))
        };
        Ok(Self { function: function.forever(), direct, zero: py.int(0)?.forever() })
    }

    /// The depth, if it is not 0.
    #[inline]
    pub(crate) fn get(&self, py: Py) -> Result<Option<Obj>> {
        let depth = match self.direct {
            // SAFETY: attached; a function without arguments takes its module and null.
            Some((direct, module)) => unsafe { Obj::owned(py, direct(module.as_ptr(), std::ptr::null_mut()))? },
            None => py.call(self.function.get(py), &[])?,
        };
        if depth.as_ref().is(self.zero.get(py)) { Ok(None) } else { Ok(Some(depth)) }
    }
}

static STATE: OnceLock<State> = OnceLock::new();
static CLASSES: OnceLock<Vec<Option<Class>>> = OnceLock::new();

/// The state of this module.
///
/// # Panics
/// Before the module was initialised; nothing that asks can be reached then.
#[inline]
pub(crate) fn state(_: Py) -> &'static State {
    STATE.get().expect("the module is initialised")
}

pub(crate) fn is_initialised() -> bool {
    STATE.get().is_some()
}

pub(crate) fn initialise(state: State) -> &'static State {
    STATE.get_or_init(|| state)
}

/// What was made of the type in slot `index`.
#[inline]
pub(crate) fn class(index: usize) -> Option<&'static Class> {
    CLASSES.get()?.get(index)?.as_ref()
}

pub(crate) fn register_classes(classes: Vec<Option<Class>>) {
    let _ = CLASSES.set(classes);
}

macro_rules! names {
    ($($name:ident = $text:literal,)*) => {
        /// Interned attribute names.
        pub(crate) struct Names {
            $(pub(crate) $name: Global,)*
            /// `("context",)`
            pub(crate) context_keyword: Global,
        }

        impl Names {
            pub(crate) fn new(py: Py) -> Result<Self> {
                let context = py.str("context")?;
                Ok(Self {
                    $($name: py.interned($text)?.forever(),)*
                    context_keyword: py.tuple([context])?.forever(),
                })
            }
        }
    };
}

names! {
    add_done_callback = "add_done_callback",
    add_note = "add_note",
    add_reader = "add_reader",
    call_soon = "call_soon",
    cancel = "cancel",
    close = "close",
    co_filename = "co_filename",
    co_name = "co_name",
    create_task = "create_task",
    done = "done",
    exception = "exception",
    f_code = "f_code",
    get_debug = "get_debug",
    get_task_factory = "get_task_factory",
    call_soon_threadsafe = "call_soon_threadsafe",
    is_closed = "is_closed",
    module = "__module__",
    qualname = "__qualname__",
    result = "result",
    tb_frame = "tb_frame",
    tb_lineno = "tb_lineno",
    tb_next = "tb_next",
    throw = "throw",
    trio = "trio",
    utcoffset = "utcoffset",
}

impl State {
    /// The function `name` of `support.py`.
    pub(crate) fn support(&self, py: Py, name: &std::ffi::CStr) -> Result<Obj> {
        support(self.support.get(py), name)
    }
}

/// The entry `name` of the dict that `support.py` left.
pub(crate) fn support(namespace: Ref<'_>, name: &std::ffi::CStr) -> Result<Obj> {
    // SAFETY: attached, since a `Ref` exists; `namespace` is a dict, which lends its value.
    unsafe {
        let found = ffi::PyDict_GetItemString(namespace.as_ptr(), name.as_ptr());
        if found.is_null() {
            let message = format!("ponton: support.py lacks {}", name.to_string_lossy());
            return Err(crate::py::Raised::runtime_error(namespace.py(), &message));
        }
        Ok(Obj::borrowed(found))
    }
}
