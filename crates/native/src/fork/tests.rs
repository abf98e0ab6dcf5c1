//! What a fork goes through, without one: so Miri can look at it. With one: `tests/fork.rs`.

use std::sync::Mutex;
use std::thread;

use ponton_core::task::live;

use super::{PerProcess, generation};

#[test]
fn a_child_has_values_of_its_own_that_its_threads_agree_on() {
    static VALUE: PerProcess<Mutex<u32>> = PerProcess::new();
    let fill = || *VALUE.get_or_init(|| Mutex::new(generation())).lock().unwrap();
    assert_eq!((generation(), VALUE.get().is_none(), fill()), (0, true, 0));
    for child in 1..3 {
        // SAFETY: in the order in which the system calls them, and nobody else does.
        unsafe {
            super::unix::prepare();
            super::unix::child();
        }
        assert_eq!((generation(), VALUE.get().is_none()), (child, true));
        let places = thread::scope(|scope| {
            let threads = [0, 1, 2].map(|_| scope.spawn(|| (fill(), std::ptr::from_ref(VALUE.get().unwrap()).addr())));
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(places[0].0, child);
        assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
    }
    // SAFETY: as above.
    unsafe { super::unix::prepare() };
    let looks = thread::spawn(|| live().len());
    // SAFETY: as above.
    unsafe { super::unix::parent() };
    assert_eq!((looks.join().unwrap(), generation()), (0, 2), "the parent goes on");
}
