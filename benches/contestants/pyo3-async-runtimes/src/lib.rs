//! What the benchmarks call through pyo3-async-runtimes, written as its README does.

/// The functions of the benchmarks.
#[pyo3::pymodule]
mod bench_pyo3_async_runtimes {
    use std::time::Duration;

    use pyo3::prelude::*;
    use pyo3_async_runtimes::tokio::{future_into_py, into_future};
    use tokio::sync::watch;
    use tokio::{task, time};

    /// A small record.
    #[pyclass(frozen, get_all)]
    struct Row {
        id: u32,
        name: String,
    }

    /// Ready at once, with nothing.
    #[pyfunction]
    fn ready(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async { Ok(()) })
    }

    /// Ready at once, with a number.
    #[pyfunction]
    fn ready_int(py: Python<'_>, value: u32) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async move { Ok(value) })
    }

    /// Ready at once: a string in, a record out.
    #[pyfunction]
    fn ready_row(py: Python<'_>, name: String) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async move { Ok(Row { id: 7, name }) })
    }

    /// Suspends once.
    #[pyfunction]
    fn hop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async {
            task::yield_now().await;
            Ok(1)
        })
    }

    /// Waits.
    #[pyfunction]
    fn sleep(py: Python<'_>, seconds: f64) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async move {
            time::sleep(Duration::from_secs_f64(seconds)).await;
            Ok(())
        })
    }

    /// Awaits a function of the host `count` times.
    #[pyfunction]
    fn call_host(py: Python<'_>, function: Py<PyAny>, count: u32) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async move {
            let mut sum = 0_u32;
            for _ in 0..count {
                let answer = Python::attach(|py| into_future(function.bind(py).call0()?))?.await?;
                sum = sum.wrapping_add(Python::attach(|py| answer.extract::<u32>(py))?);
            }
            Ok(sum)
        })
    }

    /// Bytes in, their number out.
    #[pyfunction]
    fn bytes_in(py: Python<'_>, data: Vec<u8>) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async move { Ok(data.len()) })
    }

    /// `size` bytes out.
    #[pyfunction]
    fn bytes_out(py: Python<'_>, size: usize) -> PyResult<Bound<'_, PyAny>> {
        future_into_py(py, async move { Ok(vec![7_u8; size]) })
    }

    /// Holds calls back until it is opened.
    #[pyclass(frozen)]
    struct Gate {
        open: watch::Sender<bool>,
    }

    #[pymethods]
    impl Gate {
        #[new]
        fn new() -> Self {
            Self { open: watch::channel(false).0 }
        }

        fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            let mut opened = self.open.subscribe();
            future_into_py(py, async move {
                let _ = opened.wait_for(|open| *open).await;
                Ok(())
            })
        }

        fn open(&self) {
            self.open.send_replace(true);
        }
    }
}
