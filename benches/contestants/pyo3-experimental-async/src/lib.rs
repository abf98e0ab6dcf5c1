//! What the benchmarks call through PyO3's own `async fn`.
//!
//! `PyO3` polls on the thread of Python's loop and knows no runtime. So its users keep one: what needs its timers is made
//! in its context, and what should run on its threads is spawned there and awaited. There is nothing to await Python's
//! code with.

use std::sync::LazyLock;

use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// The functions of the benchmarks.
#[pyo3::pymodule]
mod bench_pyo3_experimental_async {
    use std::time::Duration;

    use pyo3::exceptions::PyRuntimeError;
    use pyo3::prelude::*;
    use tokio::sync::watch;
    use tokio::{task, time};

    use super::RUNTIME;

    /// A small record.
    #[pyclass(frozen, get_all)]
    struct Row {
        id: u32,
        name: String,
    }

    /// Ready at once, with nothing.
    #[pyfunction]
    async fn ready() {}

    /// Ready at once, with a number.
    #[pyfunction]
    async fn ready_int(value: u32) -> u32 {
        value
    }

    /// Ready at once: a string in, a record out.
    #[pyfunction]
    async fn ready_row(name: String) -> Row {
        Row { id: 7, name }
    }

    /// Suspends once, in the runtime.
    #[pyfunction]
    async fn hop() -> PyResult<u32> {
        let hop = RUNTIME.spawn(async {
            task::yield_now().await;
            1
        });
        hop.await.map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// Waits.
    #[pyfunction]
    async fn sleep(seconds: f64) {
        let sleep = {
            let _context = RUNTIME.enter();
            time::sleep(Duration::from_secs_f64(seconds))
        };
        sleep.await;
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

        async fn wait(&self) {
            let mut opened = self.open.subscribe();
            let _ = opened.wait_for(|open| *open).await;
        }

        fn open(&self) {
            self.open.send_replace(true);
        }
    }
}
