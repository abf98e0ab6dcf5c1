//! How a loop is woken from any thread: through a descriptor it watches, or by the waker thread.

use std::sync::OnceLock;

use pyo3::ffi;

use crate::py::{Py, Raised, Ref, Result};
use crate::state::state;
use crate::wake::Doorbell;
use crate::waker::{self, Target};

/// One per loop.
pub(crate) struct Bell {
    door: Doorbell,
    /// Set where the loop watches no descriptors.
    target: OnceLock<Target>,
}

impl Bell {
    pub(crate) fn new(py: Py) -> Result<Self> {
        let door = Doorbell::new().map_err(|error| {
            // SAFETY: a static of the interpreter.
            let class = unsafe { ffi::PyExc_OSError };
            Raised::new(py, class, &format!("ponton: cannot make the descriptor that wakes the event loop: {error}"))
        })?;
        Ok(Self { door, target: OnceLock::new() })
    }

    /// Makes `event_loop` call `drainer` after each ring.
    pub(crate) fn hang(&self, py: Py, event_loop: Ref<'_>, drainer: Ref<'_>) -> Result<()> {
        if let Some(descriptor) = self.door.descriptor() {
            let descriptor = py.int(i64::from(descriptor))?;
            let name = state(py).names.add_reader.get(py);
            match py.call_method(name, &[event_loop, descriptor.as_ref(), drainer], None) {
                Ok(_) => return Ok(()),
                Err(raised) if watches_nothing(py, &raised) => raised.clear(py),
                Err(raised) => return Err(raised),
            }
        }
        let _ = self.target.set(waker::register(py, event_loop, drainer)?);
        Ok(())
    }

    /// The loop is gone.
    pub(crate) fn unhang(&self, py: Py) {
        if let Some(target) = self.target.get() {
            waker::forget(py, *target);
        }
    }

    /// From any thread.
    pub(crate) fn ring(&self) {
        match self.target.get() {
            Some(target) => waker::wake(*target),
            None => self.door.ring(),
        }
    }

    /// On the loop's thread, before it looks at its queue.
    pub(crate) fn reset(&self) {
        if self.target.get().is_none() {
            self.door.reset();
        }
    }
}

fn watches_nothing(py: Py, raised: &Raised) -> bool {
    // SAFETY: statics of the interpreter.
    let (refused, lacking) = unsafe { (ffi::PyExc_NotImplementedError, ffi::PyExc_AttributeError) };
    raised.is(py, refused) || raised.is(py, lacking)
}
