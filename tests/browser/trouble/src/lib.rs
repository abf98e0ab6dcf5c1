//! What only the browser tests need: ways to stop that are no panics, polls that take long, tasks of Rust's own, and ways
//! to get from Rust into the page and back.
#![allow(clippy::missing_panics_doc, reason = "to panic is what some of this is for")]

/// Trouble.
#[ponton::bridge]
pub mod trouble {
    use std::cell::RefCell;
    use std::future::{self, Future};
    use std::pin::pin;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
    use std::task::{Context, Poll, Wake, Waker};

    use ponton::prelude::*;
    use ponton::task::{self, JoinError};
    use ponton::time::{self, Instant};

    /// Greets.
    pub async fn greet(name: String) -> String {
        format!("Hello, {name}")
    }

    /// Never ready.
    pub async fn wait_forever() {
        std::future::pending::<()>().await;
    }

    // ── ends that are no panics ─────────────────────────────────────

    /// Stops the instance after a suspension.
    pub async fn abort_later() {
        task::yield_now().await;
        std::process::abort();
    }

    struct Fuse;

    impl Drop for Fuse {
        fn drop(&mut self) {
            std::process::abort();
        }
    }

    /// Stops the instance when it is dropped.
    pub async fn fuse() {
        let _fuse = Fuse;
        std::future::pending::<()>().await;
    }

    /// Uses up the stack.
    pub fn overflow(#[default(0)] depth: u64) -> u64 {
        let frame = std::hint::black_box([depth; 64]);
        if depth == u64::MAX { 0 } else { overflow(depth + 1).wrapping_add(frame[7]) }
    }

    // ── panics in odd places ────────────────────────────────────────

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    /// Panics when it is dropped.
    pub async fn bomb() {
        let _bomb = Bomb;
        std::future::pending::<()>().await;
    }

    /// Its message panics.
    #[error]
    #[derive(Debug)]
    pub enum Rude {
        /// One way.
        Always,
    }

    impl std::fmt::Display for Rude {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("no message");
        }
    }

    impl std::error::Error for Rude {}

    /// Fails with an error whose message panics, after a suspension.
    pub async fn rude() -> Result<(), Rude> {
        task::yield_now().await;
        Err(Rude::Always)
    }

    // ── tasks ───────────────────────────────────────────────────────

    /// How a spawned task ends that panics.
    pub async fn join_panic() -> String {
        let handle = task::spawn(async {
            task::yield_now().await;
            panic!("inside");
        });
        let end: Result<(), JoinError> = handle.await;
        end.map_or_else(|error| error.to_string(), |()| "no error".to_owned())
    }

    static DROPPED: AtomicU32 = AtomicU32::new(0);

    struct Counted;

    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, SeqCst);
        }
    }

    /// How many futures `join_abort` has dropped.
    pub fn dropped() -> u32 {
        DROPPED.load(SeqCst)
    }

    /// How a spawned task ends that is aborted, and whether its future was dropped before the handle told.
    pub async fn join_abort() -> (String, bool) {
        let before = DROPPED.load(SeqCst);
        let handle = task::spawn(async {
            let _counted = Counted;
            std::future::pending::<()>().await;
        });
        task::yield_now().await;
        handle.abort();
        let end = handle.await;
        let text = end.map_or_else(|error| error.to_string(), |()| "no error".to_owned());
        (text, DROPPED.load(SeqCst) == before + 1)
    }

    /// Notes of a parent and its child, in the order they were made.
    pub async fn spawn_order() -> Vec<String> {
        let notes = Arc::new(std::sync::Mutex::new(vec!["parent".to_owned()]));
        let note = |text: &str| notes.lock().unwrap().push(text.to_owned());
        let shared = Arc::clone(&notes);
        let child = task::spawn(async move { shared.lock().unwrap().push("child".to_owned()) });
        note("spawned");
        let finished = child.is_finished();
        let _ = child.await;
        note("joined");
        assert!(!finished, "a child does not run inside `spawn`");
        std::mem::take(&mut *notes.lock().unwrap())
    }

    // ── time ────────────────────────────────────────────────────────

    /// The indices of sleeps in the order they woke.
    pub async fn sleep_order(millis: Vec<u32>) -> Vec<u32> {
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let sleepers: Vec<_> = (0u32..)
            .zip(millis)
            .map(|(index, millis)| {
                let order = Arc::clone(&order);
                task::spawn(async move {
                    time::sleep(Duration::from_millis(millis.into())).await;
                    order.lock().unwrap().push(index);
                })
            })
            .collect();
        for sleeper in sleepers {
            let _ = sleeper.await;
        }
        std::mem::take(&mut *order.lock().unwrap())
    }

    /// Sleeps `count` times at once.
    pub async fn sleep_many(count: u32, duration: Duration) -> u32 {
        let sleepers: Vec<_> = (0..count).map(|_| task::spawn(time::sleep(duration))).collect();
        let mut woken = 0;
        for sleeper in sleepers {
            woken += u32::from(sleeper.await.is_ok());
        }
        woken
    }

    /// Whether a sleep never ends early, by the clock of Rust.
    #[allow(clippy::manual_instant_elapsed, reason = "on the web both ways are ours")]
    pub async fn sleeps_long_enough(duration: Duration) -> bool {
        let began = Instant::now();
        time::sleep(duration).await;
        began.elapsed() >= duration && Instant::now() - began >= duration
    }

    /// Drops `count` timers before they fire, far from their time.
    pub async fn drop_timers(count: u32) -> u32 {
        let mut late = 0;
        for _ in 0..count {
            let hour = Duration::from_secs(3600);
            late += u32::from(time::timeout(hour, task::yield_now()).await.is_err());
        }
        late
    }

    /// Whether `limit` was over before a future that never ends.
    pub async fn times_out(limit: Duration) -> bool {
        time::timeout(limit, std::future::pending::<()>()).await.is_err()
    }

    /// Counts ticks; the first comes at once.
    pub async fn ticks(count: u32, period: Duration) -> bool {
        let began = Instant::now();
        let mut interval = time::interval(period);
        for _ in 0..count {
            interval.tick().await;
        }
        began.elapsed() >= period * count.saturating_sub(1)
    }

    // ── fairness ────────────────────────────────────────────────────

    /// Suspends `count` times.
    pub async fn yields(count: u32) -> u32 {
        for _ in 0..count {
            task::yield_now().await;
        }
        count
    }

    /// Suspends `count` times, and keeps the thread busy for `millis` in between.
    pub async fn slow_polls(count: u32, millis: u32) -> u32 {
        for _ in 0..count {
            let began = Instant::now();
            while began.elapsed() < Duration::from_millis(millis.into()) {}
            task::yield_now().await;
        }
        count
    }

    /// Runs `count` tasks that suspend `steps` times each.
    pub async fn crowd(count: u32, steps: u32) -> u32 {
        let tasks: Vec<_> = (0..count).map(|_| task::spawn(yields(steps))).collect();
        let mut done = 0;
        for task in tasks {
            done += u32::from(task.await.is_ok());
        }
        done
    }

    // ── the page's code ─────────────────────────────────────────────

    /// Calls `f` in the first poll and in a later one.
    pub async fn twice(f: impl AsyncFn(u32) -> Result<u32, HostError>) -> Result<u32, HostError> {
        let first = f(1).await?;
        task::yield_now().await;
        Ok(first + f(2).await?)
    }

    /// Gives what `f` gives.
    pub async fn plain(f: impl AsyncFn() -> u32) -> u32 {
        f().await
    }

    /// As [`plain`], for `Fn`.
    #[local]
    pub async fn plain_here(later: bool, f: impl Fn(u32) -> u32) -> u32 {
        if later {
            task::yield_now().await;
        }
        f(1)
    }

    /// As [`plain_here`], without a future.
    pub fn apply(f: impl Fn(u32) -> u32) -> u32 {
        f(1)
    }

    /// Goes `n` levels down if `down` leads back to it.
    pub async fn dig(n: u32, down: impl AsyncFn(u32) -> Result<u32, HostError>) -> Result<u32, HostError> {
        Ok(if n == 0 { 0 } else { down(n - 1).await? + 1 })
    }

    /// As [`dig`], without a future.
    pub fn dig_here(n: u32, down: impl Fn(u32) -> u32) -> u32 {
        if n == 0 { 0 } else { down(n - 1) + 1 }
    }

    /// Gives what `f` gives, and counts as [`dropped`] when it is dropped before.
    pub async fn plain_guarded(f: impl AsyncFn() -> u32) -> u32 {
        let _counted = Counted;
        f().await
    }

    /// Panics.
    pub fn panic_here() {
        panic!("here");
    }

    /// Panics when `f` has answered.
    pub async fn panic_after(f: impl AsyncFn()) {
        f().await;
        panic!("after the answer");
    }

    /// Calls `f` and drops the call while it is under way; then waits for `rest`.
    pub async fn let_go(f: impl AsyncFn(), rest: HostFuture<()>) -> Result<(), HostError> {
        {
            let mut call = pin!(f());
            future::poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_ready())).await;
        }
        rest.await
    }

    /// Calls `note` `count` times, some of them from a task.
    pub async fn notes(count: u32, note: Arc<dyn Fn(u32) + Send + Sync>) -> u32 {
        for i in 0..count {
            if i % 3 == 2 {
                let note = Arc::clone(&note);
                let _ = task::spawn(async move { note(i) }).await;
            } else {
                note(i);
            }
        }
        count
    }

    /// Has a task call `note`, and panics when it is dropped.
    pub async fn bomb_beside(note: Arc<dyn Fn() + Send + Sync>) {
        let _bomb = Bomb;
        let _ = task::spawn(async move { note() }).await;
        std::future::pending::<()>().await;
    }

    static PEER: Mutex<Option<Waker>> = Mutex::new(None);

    /// Ready when an answer to [`fork`] has come.
    pub async fn peer() -> u32 {
        let mut woken = false;
        future::poll_fn(|cx| {
            if std::mem::replace(&mut woken, true) {
                return Poll::Ready(1);
            }
            *PEER.lock().unwrap() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    struct Fork(Waker, Waker);

    impl Wake for Fork {
        fn wake(self: Arc<Self>) {
            self.0.wake_by_ref();
            self.1.wake_by_ref();
        }
    }

    /// Panics when `f` has answered, which wakes [`peer`] too, later.
    pub async fn fork(f: impl AsyncFn()) {
        let peer = PEER.lock().unwrap().take().expect("the peer waits");
        let mut call = pin!(f());
        future::poll_fn(|cx| {
            let waker = Waker::from(Arc::new(Fork(cx.waker().clone(), peer.clone())));
            call.as_mut().poll(&mut Context::from_waker(&waker))
        })
        .await;
        panic!("forked");
    }

    /// What calls are asked.
    #[callback]
    pub trait Oracle {
        /// An answer.
        async fn ask(&self, question: String) -> Result<String, HostError>;
        /// A number.
        async fn number(&self) -> u32;
        /// What it hears.
        fn hear(&self, line: String);
    }

    thread_local! {
        static KEPT: RefCell<Vec<Arc<dyn Oracle>>> = const { RefCell::new(Vec::new()) };
    }

    /// Asks, and tells it the answer.
    pub async fn consult(oracle: Arc<dyn Oracle>, question: String) -> Result<String, HostError> {
        let answer = oracle.ask(question).await?;
        oracle.hear(answer.clone());
        Ok(answer)
    }

    /// Has a task ask, and tells how it ended.
    pub async fn ask_in_task(oracle: Arc<dyn Oracle>) -> String {
        match task::spawn(async move { oracle.number().await }).await {
            Ok(number) => number.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Keeps it.
    pub fn keep(oracle: Arc<dyn Oracle>) {
        KEPT.with_borrow_mut(|kept| kept.push(oracle));
    }

    /// Has those that are kept hear `line`.
    pub fn tell(line: String) {
        for oracle in KEPT.with_borrow(Vec::clone) {
            oracle.hear(line.clone());
        }
    }

    /// Lets go of those that are kept, and tells how many there were.
    pub fn forget() -> u32 {
        let kept = KEPT.take();
        u32::try_from(kept.len()).unwrap()
    }

    // ── objects ─────────────────────────────────────────────────────

    /// A thing with a number.
    #[object]
    pub struct Thing {
        number: u32,
    }

    impl Thing {
        /// With that number.
        pub fn new(number: u32) -> Self {
            Self { number }
        }

        /// The number.
        #[getter]
        pub fn number(&self) -> u32 {
            self.number
        }
    }
}
