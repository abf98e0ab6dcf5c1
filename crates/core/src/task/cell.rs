//! The future, then its outcome, in one place.

use std::cell::UnsafeCell;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Outcome;

enum Stage<F: Future> {
    Future(F),
    Outcome(Outcome<F::Output>),
    Empty,
}

/// Pinned for good: it lives in the task's `Arc` and is only replaced in place.
pub(super) struct Cell<F: Future>(UnsafeCell<Stage<F>>);

impl<F: Future> Cell<F> {
    pub(super) const fn new(future: F) -> Self {
        Self(UnsafeCell::new(Stage::Future(future)))
    }

    /// Polls the future.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    pub(super) unsafe fn poll(&self, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: exclusive by the caller's promise.
        match unsafe { &mut *self.0.get() } {
            // SAFETY: the stage never moves while it holds the future (see `Cell`).
            Stage::Future(future) => unsafe { Pin::new_unchecked(future) }.poll(cx),
            Stage::Outcome(_) | Stage::Empty => Poll::Pending,
        }
    }

    /// Drops the future in place. The cell is empty afterwards, even when the destructor panics.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    pub(super) unsafe fn drop_future(&self) {
        // SAFETY: exclusive by the caller's promise. Assigning drops the old value in place and writes the new one on
        // unwinding too.
        unsafe { *self.0.get() = Stage::Empty };
    }

    /// Leaves the outcome.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    pub(super) unsafe fn put(&self, outcome: Outcome<F::Output>) {
        // SAFETY: exclusive by the caller's promise.
        unsafe { *self.0.get() = Stage::Outcome(outcome) };
    }

    /// Takes the outcome.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    pub(super) unsafe fn take(&self) -> Option<Outcome<F::Output>> {
        // SAFETY: exclusive by the caller's promise.
        let stage = unsafe { &mut *self.0.get() };
        if !matches!(stage, Stage::Outcome(_)) {
            return None;
        }
        match mem::replace(stage, Stage::Empty) {
            Stage::Outcome(outcome) => Some(outcome),
            Stage::Future(_) | Stage::Empty => None,
        }
    }

    pub(super) fn is_empty(&mut self) -> bool {
        matches!(self.0.get_mut(), Stage::Empty)
    }

    pub(super) fn holds_future(&mut self) -> bool {
        matches!(self.0.get_mut(), Stage::Future(_))
    }

    /// Drops what is there, in place.
    pub(super) fn clear(&mut self) {
        *self.0.get_mut() = Stage::Empty;
    }

    /// Empties the cell without running a destructor.
    pub(super) fn forget(&mut self) {
        // The future must not move either: overwrite it where it lies.
        // SAFETY: `&mut self`, and the old value is never used again.
        unsafe { std::ptr::write(self.0.get(), Stage::Empty) };
    }
}
