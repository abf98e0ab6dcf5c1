//! Another author's extension, in the same process and on the same loops.

/// Its functions.
#[pyo3::pymodule]
mod neighbour {
    use std::thread;
    use std::time::Duration;

    use pyo3::prelude::*;
    use pyo3_async_runtimes::tokio::{future_into_py, into_future};

    /// Sleeps in its runtime, then tells the name of the thread.
    #[pyfunction]
    fn worker_name(py: Python<'_>, seconds: f64) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async move {
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
            Ok(thread::current().name().unwrap_or_default().to_owned())
        })
    }

    /// Awaits what `function()` gives.
    #[pyfunction]
    fn call(py: Python<'_>, function: Py<PyAny>) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async move { Python::attach(|py| into_future(function.bind(py).call0()?))?.await })
    }
}
