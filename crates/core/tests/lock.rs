//! Values of one thread.

use std::panic::{self, AssertUnwindSafe};

use ponton_core::lock::Own;

#[test]
fn a_value_is_not_used_within_its_own_use() {
    let own = Own::new(1);
    let mut outer = own.get();
    *outer = 2;
    assert!(panic::catch_unwind(AssertUnwindSafe(|| own.get())).is_err());
    assert!(panic::catch_unwind(AssertUnwindSafe(|| own.get())).is_err(), "it is in use still");
    drop(outer);
    assert_eq!(*own.get(), 2);
}
