//! `PyInit__native`: the module that `import` finds.

use std::ffi::{CString, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

use ponton_core::module::Module;
use pyo3::ffi;

use crate::module::Install;
use crate::py::{Global, Obj, Ptr, Py, Raised, Ref, Result, guard};
use crate::state::{self, Names, OriginDepth, State, support};
use crate::{asyncio, awaitable, exit, fork, function, future, live, reply};

const SUPPORT: &str = include_str!("support.py");

/// One bridge module of the author's crate. `#[ponton::bridge]` submits it.
#[derive(Debug)]
pub struct Entry {
    install: InstallFn,
    doc: &'static str,
}

/// A function of a private type, so that `Entry` can be public.
#[derive(Debug)]
struct InstallFn(fn(&mut Install<'_>));

impl Entry {
    /// The entry of `M`.
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method's type is not general enough")]
    pub const fn of<M: Module>() -> Self {
        Self { install: InstallFn(|install| install.run::<M>()), doc: M::DESC.doc }
    }
}

inventory::collect!(Entry);

/// The entry point that `CPython` looks for in `<package>/_native.<tag>.so`.
#[allow(non_snake_case, reason = "CPython chose the name")]
#[unsafe(no_mangle)]
extern "C" fn PyInit__native() -> Ptr {
    // In two phases, so that the second is run in every interpreter that imports it, and can refuse. A free-threaded Python
    // takes the lack of `Py_mod_gil` for what is true: the module needs the lock.
    static mut SLOTS: [ffi::PyModuleDef_Slot; 2] = [
        ffi::PyModuleDef_Slot { slot: ffi::Py_mod_exec, value: execute as *mut c_void },
        ffi::PyModuleDef_Slot { slot: 0, value: ptr::null_mut() },
    ];
    static mut DEFINITION: ffi::PyModuleDef = ffi::PyModuleDef {
        m_base: ffi::PyModuleDef_HEAD_INIT,
        m_name: c"_native".as_ptr(),
        m_doc: ptr::null(),
        m_size: 0,
        m_methods: ptr::null_mut(),
        m_slots: (&raw mut SLOTS).cast(),
        m_traverse: None,
        m_clear: None,
        m_free: None,
    };
    // SAFETY: attached, by the import system; CPython alone writes to the definition.
    unsafe { ffi::PyModuleDef_Init(&raw mut DEFINITION) }
}

unsafe extern "C" fn execute(module: Ptr) -> c_int {
    // SAFETY: the import system calls it attached, with a new module.
    let (py, module) = unsafe { (Py::attached(), Ref::new(module)) };
    guard(py, -1, || match check_interpreter(py).and_then(|()| fill(py, module)) {
        Ok(()) => 0,
        Err(Raised) => -1,
    })
}

/// Types, loops and the runtime belong to one interpreter, and worker threads would not know which.
fn check_interpreter(py: Py) -> Result<()> {
    // SAFETY: attached.
    if unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) } == 0 {
        return Ok(());
    }
    // SAFETY: a static of the interpreter.
    let class = unsafe { ffi::PyExc_ImportError };
    let text = "modules built with Ponton do not work in sub-interpreters: import this one in the main interpreter, or use \
                processes";
    Err(Raised::new(py, class, text))
}

/// Fills the module; one that is imported again, after it was taken out of `sys.modules`, with what the first one has.
fn fill(py: Py, module: Ref<'_>) -> Result<()> {
    static FIRST: OnceLock<Global> = OnceLock::new();
    let Some(first) = FIRST.get() else {
        initialise(py, module)?;
        FIRST.get_or_init(|| module.to_owned().forever());
        return Ok(());
    };
    let first = first.get(py);
    // SAFETY: attached; two modules, which lend their dicts, and the names of one are strings.
    unsafe {
        let (from, to) = (ffi::PyModule_GetDict(first.as_ptr()), ffi::PyModule_GetDict(module.as_ptr()));
        // What the import system has set stays.
        Raised::unless(ffi::PyDict_Merge(to, from, 0) == 0)?;
    }
    module.set_attr_str(c"__doc__", first.attr_str(c"__doc__")?.as_ref())
}

fn initialise(py: Py, module: Ref<'_>) -> Result<()> {
    let full = module.attr_str(c"__name__")?;
    let full = full.as_ref().utf8()?;
    let package: &'static str = Box::leak(full.strip_suffix("._native").unwrap_or(full).to_owned().into_boxed_str());
    let state = if state::is_initialised() { state::state(py) } else { state::initialise(new_state(py, package)?) };
    let mut install = Install { py, package, module, state, classes: Vec::new(), names: Vec::new(), failure: None };
    let mut docs = Vec::new();
    for entry in inventory::iter::<Entry> {
        (entry.install.0)(&mut install);
        docs.push(entry.doc);
    }
    install.export("AbortedError", state.aborted_error.get(py))?;
    install.export("ForkedError", state.forked_error.get(py))?;
    install.export("PanicError", state.panic_error.get(py))?;
    install.export("LiveCall", state.support(py, c"LiveCall")?.as_ref())?;
    install.export("live", live::function(py)?.as_ref())?;
    if let Some(raised) = install.failure.take() {
        return Err(raised);
    }
    let Install { classes, mut names, .. } = install;
    state::register_classes(classes);
    names.sort_unstable();
    let names = names.iter().map(|name| py.str(name)).collect::<Result<Vec<_>>>()?;
    module.set_attr_str(c"__all__", py.tuple_of(names.into_iter())?.as_ref())?;
    docs.retain(|doc| !doc.is_empty());
    module.set_attr_str(c"__doc__", py.str(&docs.join("\n\n"))?.as_ref())?;
    exit::register(py)?;
    fork::register(py)?;
    #[cfg(feature = "pyo3-async-runtimes")]
    crate::task_locals::share_runtime();
    Ok(())
}

fn new_state(py: Py, package: &str) -> Result<State> {
    let support_dict = run_support(py, package)?;
    let named = |name| support(support_dict.as_ref(), name).map(Obj::forever);
    Ok(State {
        function_type: function::class(py, package)?,
        awaitable_type: awaitable::class::new(py, package)?,
        future_type: future::class::new(py, package)?,
        drainer_type: asyncio::class::new(py, package)?,
        reply_type: reply::class(py, package)?,
        eager_keywords: eager_keywords(py)?,
        panic_error: named(c"PanicError")?,
        aborted_error: named(c"AbortedError")?,
        forked_error: named(c"ForkedError")?,
        origin_depth: OriginDepth::new(py)?,
        names: Names::new(py)?,
        support: support_dict.forever(),
    })
}

/// The keywords of a Task that takes its first step at once: from 3.12 on.
fn eager_keywords(py: Py) -> Result<Option<Global>> {
    let version = py.import(c"sys")?.as_ref().attr_str(c"hexversion")?;
    // SAFETY: attached; an `int`.
    if unsafe { ffi::PyLong_AsLong(version.as_ptr()) } < 0x030c_0000 {
        return Ok(None);
    }
    let keywords = py.tuple([py.str("loop")?, py.str("eager_start")?])?;
    Ok(Some(keywords.forever()))
}

/// Runs `support.py` as if it belonged to the package, so that its classes say so.
fn run_support(py: Py, package: &str) -> Result<Obj> {
    // SAFETY: attached.
    let namespace = unsafe { Obj::owned(py, ffi::PyDict_New())? };
    set(&namespace, c"__name__", py.str(package)?.as_ref())?;
    // SAFETY: attached; a module's code has builtins.
    set(&namespace, c"__builtins__", unsafe { Ref::new(ffi::PyEval_GetBuiltins()) })?;
    run_source(py, SUPPORT, &format!("ponton support of {package}"), namespace.as_ref())?;
    Ok(namespace)
}

/// Runs Python code in `namespace`.
pub(crate) fn run_source(py: Py, source: &str, name: &str, namespace: Ref<'_>) -> Result<()> {
    let source = CString::new(source).unwrap_or_default();
    let file = CString::new(format!("<{name}>")).unwrap_or_default();
    // SAFETY: attached; source and file name are C strings, and the dict serves as globals and locals.
    unsafe {
        let code = Obj::owned(py, ffi::Py_CompileString(source.as_ptr(), file.as_ptr(), ffi::Py_file_input))?;
        Obj::owned(py, ffi::PyEval_EvalCode(code.as_ptr(), namespace.as_ptr(), namespace.as_ptr()))?;
    }
    Ok(())
}

fn set(dict: &Obj, key: &std::ffi::CStr, value: Ref<'_>) -> Result<()> {
    // SAFETY: attached; the dict takes a reference of its own.
    Raised::unless(unsafe { ffi::PyDict_SetItemString(dict.as_ptr(), key.as_ptr(), value.as_ptr()) } == 0)
}
