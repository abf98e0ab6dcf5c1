//! What the hosts call in the lab: async Rust as any author would write it.

/// The lab's Rust: the same functions, awaited from every host.
#[ponton::bridge]
pub mod lab {
    use std::sync::atomic::{AtomicU32, Ordering};

    use ponton::prelude::*;
    use ponton::trace;

    /// How long one step of [`work`] waits, unless told.
    const STEP: Duration = Duration::from_millis(5);

    /// Far more than any scenario records.
    const CAPACITY: usize = 4096;

    static WORK_DONE: AtomicU32 = AtomicU32::new(0);

    /// Why the lab refused a call.
    #[error]
    #[derive(Debug, thiserror::Error)]
    pub enum LabError {
        /// A trace can only be recorded for a host the bridge knows.
        #[error("unknown host {host:?}: python, node or browser")]
        UnknownHost {
            /// What was given.
            host: String,
        },
    }

    /// One line of the lifecycle trace.
    #[record]
    pub struct TraceRecord {
        /// Position in the trace, from 1.
        pub seq: u32,
        /// Microseconds since the trace began.
        pub t_us: f64,
        /// `python`, `node` or `browser`.
        pub host: String,
        /// `loop`, `worker`, or the thread's name.
        pub thread: String,
        /// The future, as `name#id`, or a plain name for notes outside of any.
        pub task: String,
        /// `created`, `first_poll`, `pending`, `woken`, `ready`, `cancelled`, `dropped`, `settled`,
        /// `never_awaited`, or `mark` for a note.
        pub event: String,
        /// Free text.
        pub note: String,
        /// The future whose poll created this one; empty at the top.
        pub parent: String,
    }

    // lab:begin bridge-no-await
    /// Sleeps.
    pub async fn sleep(duration: Duration) {
        ponton::time::sleep(duration).await;
    }
    // lab:end

    // lab:begin bridge-call bridge-other-mode bridge-spawn bridge-cancel awaited leaked awaited-twice cancelled
    /// Does `steps` steps of work, waiting for `pause` (5 ms) after each, and answers how many it did.
    pub async fn work(steps: u32, pause: Option<Duration>) -> u32 {
        WORK_DONE.store(0, Ordering::Relaxed);
        let _locals = Farewell;
        for step in 1..=steps {
            WORK_DONE.store(step, Ordering::Relaxed);
            trace::mark("work", &format!("step {step}"));
            ponton::time::sleep(pause.unwrap_or(STEP)).await;
        }
        steps
    }
    // lab:end

    // lab:begin asked given-up
    /// Asks the host for a number, and gives the one after it. Waits for `limit` at most; without an answer it gives 0.
    pub async fn ask(
        host: impl AsyncFn(u32) -> Result<u32, HostError>,
        limit: Option<Duration>,
    ) -> Result<u32, HostError> {
        trace::mark("ask", "asks the host");
        let answer = match limit {
            None => host(20).await?,
            Some(limit) => match ponton::time::timeout(limit, host(20)).await {
                Ok(answer) => answer?,
                Err(_) => return Ok(0), // dropping the future has stopped the host's code
            },
        };
        trace::mark("ask", &format!("the host said {answer}"));
        Ok(answer + 1)
    }
    // lab:end

    /// How many steps the latest [`work`] has begun: it stands still once the work was stopped.
    pub fn work_done() -> u32 {
        WORK_DONE.load(Ordering::Relaxed)
    }

    /// Starts recording the life of every bridged future, as seen from `host`.
    pub fn trace_start(host: String) -> Result<(), LabError> {
        let host = ["python", "node", "browser"]
            .into_iter()
            .find(|known| *known == host)
            .ok_or(LabError::UnknownHost { host })?;
        trace::label_thread("loop"); // whoever asks for a trace is on the host's own thread
        trace::start(host, CAPACITY);
        Ok(())
    }

    /// Adds the host's own note to the trace, in one order with what the bridge records.
    pub fn trace_mark(task: &str, note: &str) {
        trace::mark(task, note);
    }

    /// Stops recording and hands over what was recorded.
    pub fn trace_stop() -> Vec<TraceRecord> {
        trace::stop().records.into_iter().map(TraceRecord::from).collect()
    }

    impl From<trace::Record> for TraceRecord {
        #[expect(clippy::cast_precision_loss, reason = "exact for 285 years of microseconds")]
        fn from(record: trace::Record) -> Self {
            Self {
                seq: u32::try_from(record.seq).unwrap_or(u32::MAX),
                t_us: record.t_us as f64,
                host: record.host.to_owned(),
                thread: record.thread,
                task: record.task,
                event: record.event.name().to_owned(),
                note: record.note,
                parent: record.parent,
            }
        }
    }

    /// Notes that the locals of [`work`] are dropped, which is all a stopped future gets to do.
    struct Farewell;

    impl Drop for Farewell {
        fn drop(&mut self) {
            trace::mark("work", "its locals are dropped");
        }
    }
}
