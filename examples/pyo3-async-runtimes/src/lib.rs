//! A library on its way from pyo3-async-runtimes to Ponton, function by function.
//!
//! `legacy` is what it was: `#[pyfunction]`s that call `future_into_py` and `into_future`. `inbox` is what has moved over.
//! Its functions are Ponton's, and may still await Python through `into_future` while the rest is on its way.

#[cfg(feature = "python")]
mod legacy;

/// Without Python nobody handles messages.
#[cfg(not(feature = "python"))]
mod legacy {
    use crate::inbox::InboxError;

    pub(crate) async fn handle(_: String) -> Result<String, InboxError> {
        Err(InboxError::NoHandler)
    }
}

/// Messages for whoever handles them.
#[ponton::bridge]
pub mod inbox {
    use ponton::prelude::*;

    use crate::legacy::handle;

    /// Why a message was not answered.
    #[error]
    #[derive(Debug, thiserror::Error)]
    pub enum InboxError {
        /// Nobody called `on_message`.
        #[error("nobody handles messages")]
        NoHandler,
        /// The handler raised.
        #[error("{0}")]
        Handler(String),
    }

    /// Hands `text` to the handler and gives its answer.
    pub async fn deliver(text: String) -> Result<String, InboxError> {
        handle(text).await
    }

    /// The same, after a while: from a worker.
    pub async fn deliver_later(text: String, after: Duration) -> Result<String, InboxError> {
        ponton::time::sleep(after).await;
        handle(text).await
    }

    /// The same, on a worker from the first poll on.
    #[spawn]
    pub async fn deliver_elsewhere(text: String) -> Result<String, InboxError> {
        handle(text).await
    }

    /// The same, on the loop's thread only.
    #[local]
    pub async fn deliver_here(text: String) -> Result<String, InboxError> {
        let text = std::rc::Rc::new(text);
        handle(text.to_string()).await
    }

    /// The name of a thread that polls futures of this module.
    #[spawn]
    pub async fn worker_name() -> String {
        std::thread::current().name().unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use crate::inbox::{InboxError, deliver};

    #[cfg(not(feature = "python"))]
    #[test]
    fn nobody_handles_messages() {
        let answer = ponton::runtime::block_on(deliver("hello".into()));
        assert!(matches!(answer, Err(InboxError::NoHandler)), "{answer:?}");
    }
}
