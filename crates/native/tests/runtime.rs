//! Time and tasks work from any context, and the shared runtime shuts down within its patience.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use ponton_native::task::{self, JoinError};
use ponton_native::{runtime, time};

#[test]
fn sleep_works_under_a_foreign_executor() {
    // No tokio context on this thread: the shared runtime's timer is used.
    futures_executor(async {
        time::sleep(Duration::from_millis(1)).await;
        assert_eq!(time::timeout(Duration::from_millis(1), std::future::pending::<()>()).await, Err(time::Elapsed));
        assert_eq!(time::timeout(Duration::from_secs(60), async { 3 }).await, Ok(3));
        let mut interval = time::interval(Duration::from_millis(1));
        interval.tick().await;
        interval.tick().await;
    });
}

#[test]
fn spawn_runs_without_being_awaited_and_reports_its_end() {
    runtime::block_on(async {
        let ran = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ran);
        let (done, told) = tokio::sync::oneshot::channel();
        drop(task::spawn(async move {
            flag.store(true, SeqCst);
            let _ = done.send(());
        }));
        told.await.unwrap();
        assert!(ran.load(SeqCst));

        let stuck = task::spawn(std::future::pending::<()>());
        stuck.abort();
        assert_eq!(stuck.await, Err(JoinError::Aborted));

        let lost = task::spawn(async { panic!("lost") });
        assert_eq!(lost.await.unwrap_err().to_string(), "the task panicked: lost");
        assert_eq!(task::spawn_blocking(|| 5).await, Ok(5));
        task::yield_now().await;
    });
}

fn futures_executor<F: Future>(future: F) -> F::Output {
    futures::executor::block_on(future)
}
