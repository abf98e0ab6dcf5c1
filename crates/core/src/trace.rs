//! The lifecycle trace: what happened to each bridged future, in order.
//!
//! Off (the default), an event costs one relaxed load. On, records go into a bounded log that
//! drops its oldest entry when full and counts what it dropped. Order is told by
//! [`Record::seq`], never by time.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock;

/// One step in the life of a future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The call was made; the future exists.
    Created,
    /// Its body starts.
    FirstPoll,
    /// A poll answered `Pending`.
    Pending,
    /// Its waker was called.
    Woken,
    /// A poll answered `Ready`.
    Ready,
    /// Somebody asked it to stop.
    Cancelled,
    /// The future was dropped before it was ready.
    Dropped,
    /// The host's awaiter has the outcome.
    Settled,
    /// The host let go of it before the first poll.
    NeverAwaited,
    /// A note by the code under observation; not a lifecycle step.
    Mark,
}

impl Event {
    /// Every event, in the order of the enum.
    pub const ALL: [Self; 10] = [
        Self::Created,
        Self::FirstPoll,
        Self::Pending,
        Self::Woken,
        Self::Ready,
        Self::Cancelled,
        Self::Dropped,
        Self::Settled,
        Self::NeverAwaited,
        Self::Mark,
    ];

    /// The name used in records: `first_poll`, `never_awaited`, …
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::FirstPoll => "first_poll",
            Self::Pending => "pending",
            Self::Woken => "woken",
            Self::Ready => "ready",
            Self::Cancelled => "cancelled",
            Self::Dropped => "dropped",
            Self::Settled => "settled",
            Self::NeverAwaited => "never_awaited",
            Self::Mark => "mark",
        }
    }

    /// The event of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Position in the trace, from 1.
    pub seq: u64,
    /// Microseconds since the trace began.
    pub t_us: u64,
    /// `rust`, `python`, `node` or `browser`.
    pub host: &'static str,
    /// The thread's label: `loop`, `worker`, or its name.
    pub thread: String,
    /// The future: `name#id`, or a plain name for marks outside of any.
    pub task: String,
    /// What happened.
    pub event: Event,
    /// Free text; empty when there is nothing to add.
    pub note: String,
    /// The future whose poll created this one; empty at the top.
    pub parent: String,
}

impl Record {
    /// The record as one JSON line, without the line break.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(128);
        let _ = write!(out, "{{\"v\":1,\"seq\":{},\"t_us\":{},\"host\":", self.seq, self.t_us);
        push_json_string(&mut out, self.host);
        for (key, value) in
            [("thread", self.thread.as_str()), ("task", &self.task), ("event", self.event.name()), ("note", &self.note)]
        {
            let _ = write!(out, ",\"{key}\":");
            push_json_string(&mut out, value);
        }
        if !self.parent.is_empty() {
            out.push_str(",\"parent\":");
            push_json_string(&mut out, &self.parent);
        }
        out.push('}');
        out
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

fn push_json_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A finished trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// What was recorded, by ascending `seq`.
    pub records: Vec<Record>,
    /// How many older records the bounded log let go of.
    pub lost: u64,
}

#[derive(Debug)]
struct Log {
    host: &'static str,
    began_us: u64,
    seq: u64,
    capacity: usize,
    records: VecDeque<Record>,
    lost: u64,
}

static ON: AtomicBool = AtomicBool::new(false);
static LOG: Mutex<Option<Log>> = Mutex::new(None);
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static LABEL: Cell<Option<&'static str>> = const { Cell::new(None) };
    static CURRENT: Cell<TaskTrace> = const { Cell::new(TaskTrace::UNTRACED) };
}

/// Starts a trace, replacing one that runs. It keeps the last `capacity` records.
pub fn start(host: &'static str, capacity: usize) {
    let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    NEXT_ID.store(1, Ordering::Relaxed);
    *log = Some(Log {
        host,
        began_us: clock::now_us(),
        seq: 0,
        capacity: capacity.max(1),
        records: VecDeque::new(),
        lost: 0,
    });
    ON.store(true, Ordering::Release);
}

/// Stops the trace and hands it over; empty when none ran.
pub fn stop() -> Trace {
    ON.store(false, Ordering::Release);
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner).take();
    log.map_or_else(Trace::default, |log| Trace { records: log.records.into(), lost: log.lost })
}

/// Nobody records anything while this lives.
#[derive(Debug)]
pub(crate) struct Frozen {
    _log: MutexGuard<'static, Option<Log>>,
}

/// Holds the trace still.
pub(crate) fn freeze() -> Frozen {
    Frozen { _log: LOG.lock().unwrap_or_else(PoisonError::into_inner) }
}

/// Whether a trace is being recorded. With the compiler's flag `--cfg ponton_untraced` none ever is, which shows what the
/// rest costs.
#[inline]
pub fn is_on() -> bool {
    !cfg!(ponton_untraced) && ON.load(Ordering::Relaxed)
}

/// Labels the calling thread in records made on it: `loop`, `worker`, …
pub fn label_thread(label: &'static str) {
    LABEL.set(Some(label));
}

/// Records a note outside of any future's lifecycle.
pub fn mark(task: &str, note: &str) {
    if is_on() {
        push(task.to_owned(), Event::Mark, note, String::new());
    }
}

/// The identity of one future in the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskTrace {
    name: &'static str,
    id: u64,
    parent: (&'static str, u64),
}

impl TaskTrace {
    /// The identity of a future that no trace shows.
    pub const UNTRACED: Self = Self { name: "", id: 0, parent: ("", 0) };

    /// Names a new future and records its creation. Made while no trace runs, it stays silent for good.
    #[inline]
    pub fn created(name: &'static str) -> Self {
        if is_on() { Self::created_cold(name) } else { Self { name, ..Self::UNTRACED } }
    }

    #[cold]
    fn created_cold(name: &'static str) -> Self {
        let parent = CURRENT.get();
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let this = Self { name, id, parent: (parent.name, parent.id) };
        this.emit(Event::Created);
        this
    }

    /// The name that the future was given.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Records a step of this future.
    #[inline]
    pub fn emit(&self, event: Event) {
        self.emit_with(event, "");
    }

    /// Records a step of this future with a note.
    #[inline]
    pub fn emit_with(&self, event: Event, note: &str) {
        if self.id != 0 && is_on() {
            push(label(self.name, self.id), event, note, label(self.parent.0, self.parent.1));
        }
    }

    /// Makes this the parent of futures created while `body` runs.
    #[inline]
    pub fn scope<R>(&self, body: impl FnOnce() -> R) -> R {
        struct Restore(TaskTrace);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        if self.id == 0 {
            return body();
        }
        let _restore = Restore(CURRENT.replace(*self));
        body()
    }
}

/// Leaves every [`TaskTrace::scope`], for a host where a panic does not unwind out of them.
pub fn leave_scopes() {
    CURRENT.set(TaskTrace::UNTRACED);
}

fn label(name: &str, id: u64) -> String {
    if id == 0 { String::new() } else { format!("{name}#{id}") }
}

#[cfg(not(target_arch = "wasm32"))]
fn thread_name() -> String {
    std::thread::current().name().unwrap_or("thread").to_owned()
}

/// Threads would be linked into every module for a name that they do not have there.
#[cfg(target_arch = "wasm32")]
fn thread_name() -> String {
    "thread".to_owned()
}

#[cold]
fn push(task: String, event: Event, note: &str, parent: String) {
    let thread = LABEL.get().map_or_else(thread_name, str::to_owned);
    let mut guard = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(log) = guard.as_mut() else { return };
    log.seq += 1;
    if log.records.len() == log.capacity {
        log.records.pop_front();
        log.lost += 1;
    }
    log.records.push_back(Record {
        seq: log.seq,
        t_us: clock::now_us().saturating_sub(log.began_us),
        host: log.host,
        thread,
        task,
        event,
        note: note.to_owned(),
        parent,
    });
}
