//! The future, then its outcome, in one place.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Outcome;
use super::cleanup::WorkList;
use crate::sync::UnsafeCell;

enum Stage<F: Future> {
    Future(F),
    Outcome(Outcome<F::Output>),
    Empty,
}

/// Pinned for good: it lives in the task's `Arc` and is only replaced in place.
pub(super) struct Cell<F: Future> {
    stage: UnsafeCell<Stage<F>>,
    /// What goes on when the future has ended.
    work: UnsafeCell<WorkList>,
}

impl<F: Future> Cell<F> {
    pub(super) fn new(future: F) -> Self {
        Self { stage: UnsafeCell::new(Stage::Future(future)), work: UnsafeCell::new(None) }
    }

    /// Polls the future.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    pub(super) unsafe fn poll(&self, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: exclusive by the caller's promise.
        match unsafe { &mut *self.stage.get() } {
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
        unsafe { *self.stage.get() = Stage::Empty };
    }

    /// Leaves the outcome.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    pub(super) unsafe fn put(&self, outcome: Outcome<F::Output>) {
        // SAFETY: exclusive by the caller's promise.
        unsafe { *self.stage.get() = Stage::Outcome(outcome) };
    }

    /// Takes the outcome.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    pub(super) unsafe fn take(&self) -> Option<Outcome<F::Output>> {
        // SAFETY: exclusive by the caller's promise.
        let stage = unsafe { &mut *self.stage.get() };
        if !matches!(stage, Stage::Outcome(_)) {
            return None;
        }
        match mem::replace(stage, Stage::Empty) {
            Stage::Outcome(outcome) => Some(outcome),
            Stage::Future(_) | Stage::Empty => None,
        }
    }

    /// Whether the future is there, not its outcome.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    pub(super) unsafe fn holds_future(&self) -> bool {
        // SAFETY: exclusive by the caller's promise. Not `&`: that would claim that nobody writes, but a future may hold a `&mut`
        // to a part of itself.
        matches!(unsafe { &mut *self.stage.get() }, Stage::Future(_))
    }

    /// Whether there is work.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    pub(super) unsafe fn has_work(&self) -> bool {
        // SAFETY: exclusive by the caller's promise.
        unsafe { &*self.work.get() }.is_some()
    }

    /// Adds work.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    pub(super) unsafe fn add_work(&self, more: WorkList) {
        // SAFETY: exclusive by the caller's promise; nothing of the author's runs under the borrow.
        let work = unsafe { &mut *self.work.get() };
        match (&mut *work, more) {
            (Some(work), Some(more)) => work.extend(*more),
            (None, more) => *work = more,
            (Some(_), None) => {}
        }
    }

    /// Takes all work.
    ///
    /// # Safety
    /// The caller alone uses the cell.
    #[inline]
    pub(super) unsafe fn take_work(&self) -> WorkList {
        // SAFETY: exclusive by the caller's promise.
        unsafe { &mut *self.work.get() }.take()
    }

    pub(super) fn is_empty(&mut self) -> bool {
        matches!(self.stage.get_mut(), Stage::Empty)
    }

    /// Drops what is there, in place.
    pub(super) fn clear(&mut self) {
        *self.stage.get_mut() = Stage::Empty;
    }

    /// Empties the cell without running a destructor.
    pub(super) fn forget(&mut self) {
        // The future must not move either: overwrite it where it lies.
        // SAFETY: `&mut self`, and the old value is never used again.
        unsafe { std::ptr::write(self.stage.get(), Stage::Empty) };
    }
}
