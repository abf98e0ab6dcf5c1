//! The core's [`Call`] over one vectorcall, or over a constructor's arguments.

use std::future::Future;
use std::panic;
use std::ptr;
use std::sync::Arc;

use ponton_core::convert::{FromHost, IntoHost};
use ponton_core::desc::TypeDesc;
use ponton_core::module::{self, Call, Object, Return};
use ponton_core::task::{Habit, Task};
use ponton_native::task::{JoinError, spawn_blocking_as, yield_now};
use pyo3::ffi;

use crate::bind::{Bound, Callee, bind};
use crate::function::{self, arguments};
use crate::handle::Kept;
use crate::host::PyHost;
use crate::py::{Obj, Ptr, Py, Raised, Ref, Result, guard};
use crate::read::Value;
use crate::task::{self, AnyTask, Start};
use crate::{awaitable, instance};

/// One call under way.
pub(crate) struct PyCall<'a> {
    py: Py,
    callee: Callee,
    receiver: Option<Ref<'a>>,
    args: Bound<'a>,
    target: Target<'a>,
    /// What was handed over of Python's, to be kept.
    given: Kept,
}

enum Target<'a> {
    Function(Ref<'a>),
    /// `tp_new` of this class.
    Class(*mut ffi::PyTypeObject),
}

/// The entry point of a function, for vectorcall.
pub(crate) unsafe extern "C" fn vectorcall<F: module::Function>(
    callee: Ptr,
    args: *const Ptr,
    count: usize,
    keywords: Ptr,
) -> Ptr {
    // SAFETY: the interpreter calls it attached, with a living function and arguments as vectorcall lays them out.
    let (py, target, (args, keywords)) = unsafe {
        let count = ffi::PyVectorcall_NARGS(count).unsigned_abs();
        (Py::attached(), Ref::new(callee), arguments(args, count, keywords))
    };
    guard(py, ptr::null_mut(), || call::<F>(py, target, args, keywords).map_or(ptr::null_mut(), Obj::into_ptr))
}

#[inline]
fn call<F: module::Function>(py: Py, target: Ref<'_>, args: &[Ref<'_>], keywords: Option<Ref<'_>>) -> Result<Obj> {
    let held = function::value(target);
    let receiver = held.has_receiver();
    let callee = Callee { desc: held.desc, qualname: held.qualname, receiver };
    let (receiver, args) = match (receiver, args.split_first()) {
        (false, _) => (None, args),
        (true, Some((&receiver, rest))) => (Some(receiver), rest),
        (true, None) => {
            let message = format!("unbound method {}() needs an argument", held.qualname);
            return Err(Raised::type_error(py, &message));
        }
    };
    let args = bind(py, callee, args, keywords)?;
    F::call(PyCall { py, callee, receiver, args, target: Target::Function(target), given: Kept::default() })
}

/// `class(*args, **keywords)`.
pub(crate) fn construct<F: module::Function>(
    py: Py,
    class: *mut ffi::PyTypeObject,
    qualname: &'static str,
    args: &[Ref<'_>],
    keywords: Option<Ref<'_>>,
) -> Result<Obj> {
    let callee = Callee { desc: F::DESC, qualname, receiver: false };
    let args = bind(py, callee, args, keywords)?;
    F::call(PyCall { py, callee, receiver: None, args, target: Target::Class(class), given: Kept::default() })
}

impl PyCall<'_> {
    #[inline]
    fn awaitable(self, task: Arc<dyn AnyTask>, start: Start) -> Result<Obj> {
        match self.target {
            Target::Function(function) => awaitable::new(self.py, function, task, start, self.given),
            Target::Class(_) => Err(Raised::runtime_error(self.py, "ponton: a constructor cannot be awaited")),
        }
    }

    fn read<T: FromHost>(&mut self, index: usize, given: Ref<'_>) -> Result<T> {
        let read = if const { is_kept(&T::TYPE) } {
            self.given.during(|| T::from_host(Value(given)))
        } else {
            T::from_host(Value(given))
        };
        read.map_err(|fault| {
            let name = self.callee.desc.params[index].name.python;
            fault.raise(self.py, &format!("{}() argument '{name}'", self.callee.qualname))
        })
    }

    fn start<F>(self, future: F, host: PyHost, start: Start) -> Result<Obj>
    where
        F: Future + Send + 'static,
        F::Output: Return + Send,
    {
        #[cfg(feature = "pyo3-async-runtimes")]
        let future = crate::task_locals::within(future);
        let task = Task::new(self.callee.desc.path, future, host);
        self.awaitable(task, start)
    }
}

/// Whether Rust keeps an object of Python's that is read as this type.
const fn is_kept(ty: &TypeDesc) -> bool {
    match ty {
        TypeDesc::Function(_)
        | TypeDesc::Callback { .. }
        | TypeDesc::Future(_)
        // Of these the name alone is known.
        | TypeDesc::Record { .. }
        | TypeDesc::Union { .. } => true,
        TypeDesc::Option(inner) | TypeDesc::List(inner) | TypeDesc::Map(inner) => is_kept(inner),
        TypeDesc::Tuple(items) => {
            let mut index = 0;
            while index < items.len() {
                if is_kept(&items[index]) {
                    return true;
                }
                index += 1;
            }
            false
        }
        _ => false,
    }
}

impl Call for PyCall<'_> {
    type Return = Obj;
    type Error = Raised;

    fn receiver<T: Object>(&mut self) -> Result<Arc<T>> {
        let Some(receiver) = self.receiver else {
            return Err(Raised::type_error(self.py, "ponton: a function has no receiver"));
        };
        instance::get::<T>(receiver)?.ok_or_else(|| {
            let (name, class, found) = (self.callee.desc.name.python, T::DESC.name, receiver.type_name());
            let message = format!("descriptor '{name}' for '{class}' objects doesn't apply to a '{found}' object");
            Raised::type_error(self.py, &message)
        })
    }

    fn arg<T: FromHost>(&mut self, index: usize) -> Result<T> {
        match self.args.get(index) {
            Some(given) => self.read(index, given),
            None => T::absent().ok_or_else(|| {
                let name = self.callee.desc.params[index].name.python;
                let message = format!("{}() missing 1 required positional argument: '{name}'", self.callee.qualname);
                Raised::type_error(self.py, &message)
            }),
        }
    }

    fn arg_or<T: FromHost>(&mut self, index: usize, default: impl FnOnce() -> T) -> Result<T> {
        match self.args.get(index) {
            Some(given) => self.read(index, given),
            None => task::caught(self.py, default).map_err(|error| Raised::instance(error.as_ref())),
        }
    }

    fn sync<R: Return>(self, body: impl FnOnce() -> R) -> Result<Obj> {
        task::run(self.py, body).into_result(self.py)
    }

    fn setup<R: Return>(self, body: impl FnOnce() -> R) -> Result<Obj> {
        task::run_outside(self.py, body).into_result(self.py)
    }

    fn construct<T, R>(self, body: impl FnOnce() -> R) -> Result<Obj>
    where
        T: Object + IntoHost,
        R: Return<Ok = T>,
    {
        let py = self.py;
        let Target::Class(class) = self.target else { return self.sync(body) };
        let made = task::caught(py, || body().into_result()).map_err(|error| Raised::instance(error.as_ref()))?;
        match made {
            Ok(object) => instance::new_of(py, class, Arc::new(object)),
            Err(error) => task::returned::<Result<(), R::Err>>(py, Err(error)).into_result(py),
        }
    }

    fn future<F>(self, habit: &'static Habit, future: F) -> Result<Obj>
    where
        F: Future + Send + 'static,
        F::Output: Return + Send,
    {
        self.start(future, PyHost::anywhere(habit), Start::Here)
    }

    fn spawn<F>(self, future: F) -> Result<Obj>
    where
        F: Future + Send + 'static,
        F::Output: Return + Send,
    {
        self.start(future, PyHost::on_workers(), Start::Elsewhere)
    }

    fn local<F>(self, future: F) -> Result<Obj>
    where
        F: Future + 'static,
        F::Output: Return,
    {
        #[cfg(feature = "pyo3-async-runtimes")]
        let future = crate::task_locals::within_local(future);
        let task = Task::local(self.callee.desc.path, future, PyHost::on_this_thread());
        self.awaitable(task, Start::Here)
    }

    fn blocking<R, B>(self, body: B) -> Result<Obj>
    where
        R: Return + Send,
        B: FnOnce() -> R + Send + 'static,
    {
        let name = self.callee.qualname;
        let future = async move {
            match spawn_blocking_as(name, body).await {
                Ok(value) => value,
                Err(JoinError::Panicked(message)) => panic::resume_unwind(Box::new(message.message)),
                Err(JoinError::Raised(error)) => panic::resume_unwind(Box::new(error)),
                // The runtime is shutting down: it drops this future at one of these, which tells of an abort.
                Err(JoinError::Aborted) => loop {
                    yield_now().await;
                },
            }
        };
        self.start(future, PyHost::on_workers(), Start::Here)
    }
}
