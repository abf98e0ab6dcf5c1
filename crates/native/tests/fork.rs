//! A forked child has a runtime of its own, and values of its own.
#![cfg(unix)]

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use ponton_native::fork::{self, PerProcess};
use ponton_native::{runtime, task, time};

static MADE: AtomicU32 = AtomicU32::new(0);
static VALUE: PerProcess<Mutex<u32>> = PerProcess::new();

fn value() -> &'static Mutex<u32> {
    VALUE.get_or_init(|| Mutex::new(MADE.fetch_add(1, SeqCst)))
}

async fn works() -> u32 {
    time::sleep(Duration::from_millis(1)).await;
    task::spawn(async { 1 }).await.unwrap() + task::spawn_blocking(|| 2).await.unwrap()
}

/// Runs `body` in a forked child, and gives what it gives.
fn in_child(body: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child does nothing with what other threads of this process hold, but for the allocator, which the C
    // library looks after; it ends without running anybody's exit handlers.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::_exit(body());
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        assert!(libc::WIFEXITED(status), "{status}");
        libc::WEXITSTATUS(status)
    }
}

#[test]
fn a_child_starts_anew() {
    fork::watch();
    assert_eq!(runtime::block_on(works()), 3);
    assert_eq!((fork::generation(), *value().lock().unwrap()), (0, 0));
    // A thread holds the lock for ever, as far as the child can tell.
    let (locked, is_locked) = mpsc::channel();
    let (free, is_free) = mpsc::channel::<()>();
    let holder = thread::spawn(move || {
        let _guard = value().lock().unwrap();
        locked.send(()).unwrap();
        let _ = is_free.recv();
    });
    is_locked.recv().unwrap();
    let code = in_child(|| {
        let own = *value().lock().unwrap();
        let grandchild = in_child(|| i32::from(fork::generation() != 2 || *value().lock().unwrap() != 2));
        let works = runtime::block_on(works()) == 3;
        i32::from(fork::generation() != 1 || own != 1 || grandchild != 0 || !works)
    });
    drop(free);
    holder.join().unwrap();
    assert_eq!(code, 0);
    assert_eq!((fork::generation(), *value().lock().unwrap()), (0, 0));
    assert_eq!(runtime::block_on(works()), 3);
}
