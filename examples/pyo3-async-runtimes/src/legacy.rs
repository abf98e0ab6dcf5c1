//! What has not moved over yet, in a second extension module of the same library.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3_async_runtimes::tokio::into_future;

use crate::inbox::InboxError;

static HANDLER: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

impl From<PyErr> for InboxError {
    fn from(error: PyErr) -> Self {
        Self::Handler(error.to_string())
    }
}

/// Awaits the handler's coroutine, by the event loop and in the context of the call that this runs in.
pub(crate) async fn handle(text: String) -> Result<String, InboxError> {
    let answer = Python::attach(|py| {
        let handler = HANDLER.lock().unwrap().as_ref().map(|handler| handler.clone_ref(py));
        let coroutine = handler.ok_or(InboxError::NoHandler)?.bind(py).call1((text,))?;
        Ok::<_, InboxError>(into_future(coroutine)?)
    })?;
    let answer = answer.await?;
    Ok(Python::attach(|py| answer.extract(py))?)
}

/// The functions of before.
#[pymodule]
mod _legacy {
    use std::thread;
    use std::time::Duration;

    use pyo3::prelude::*;
    use pyo3_async_runtimes::tokio::future_into_py;

    /// From now on `handler`, an async function, answers messages.
    #[pyfunction]
    fn on_message(handler: Option<Py<PyAny>>) {
        *super::HANDLER.lock().unwrap() = handler;
    }

    /// Sleeps in the runtime, then tells the name of the thread.
    #[pyfunction]
    fn worker_name(py: Python<'_>, seconds: f64) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async move {
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
            Ok(thread::current().name().unwrap_or_default().to_owned())
        })
    }

    /// Hands `text` to the handler, as before.
    #[pyfunction]
    fn deliver(py: Python<'_>, text: String) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async move {
            super::handle(text).await.map_err(|error| pyo3::exceptions::PyRuntimeError::new_err(error.to_string()))
        })
    }
}
