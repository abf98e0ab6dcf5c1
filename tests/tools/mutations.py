#!/usr/bin/env python3
"""Shows that the models of `make loom` can fail: breaks the core in one way after the other, in a copy of it, and runs the
models named beside it. Each of them must fail. `mutations.py [WORD]` does those whose description holds the word.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "target/mutations"
CORE = Path("crates/core/src")

# What is broken | file | what is there | what replaces it | a model that must notice
MUTATIONS = [
    (
        "state: taking the cell acquires nothing",
        "task/state.rs",
        "Ordering::AcqRel, Ordering::Acquire, change",
        "Ordering::Release, Ordering::Relaxed, change",
        "task::a_cancel_meets_a_wake",
    ),
    (
        "state: giving the cell back releases nothing",
        "task/state.rs",
        "Ordering::AcqRel, Ordering::Acquire, change",
        "Ordering::Acquire, Ordering::Acquire, change",
        "task::a_cancel_meets_a_wake",
    ),
    (
        "state: a wake during a poll is forgotten",
        "task/state.rs",
        "s if s & CANCEL != 0 => Suspend::Cancelled,\n            s if s & WOKEN != 0 => Suspend::Woken,",
        "s if s & CANCEL != 0 => Suspend::Cancelled,",
        "task::a_wake_during_a_later_poll",
    ),
    (
        "state: a wake during the first poll is forgotten",
        "task/state.rs",
        "s if s & CANCEL != 0 => Suspend::Cancelled,\n            s if s & WOKEN != 0 => Suspend::Woken,",
        "s if s & CANCEL != 0 => Suspend::Cancelled,",
        "task::a_wake_during_the_first_poll",
    ),
    (
        "state: every wake schedules",
        "task/state.rs",
        "(s & (WOKEN | DONE) == 0).then_some(s | WOKEN)",
        "(s & DONE == 0).then_some(s | WOKEN)",
        "task::two_wakes",
    ),
    (
        "state: a wake during a poll schedules",
        "task/state.rs",
        ".is_some_and(|before| before & RUNNING == 0)",
        ".is_some()",
        "task::a_wake_during_a_later_poll",
    ),
    (
        "state: a cancel during a poll is forgotten",
        "task/state.rs",
        "s if s & RUNNING != 0 => Some(s | CANCEL),",
        "s if s & RUNNING != 0 => Some(s),",
        "task::a_cancel_meets_a_wake",
    ),
    (
        "state: a poll that was cancelled gives the cell back",
        "task/state.rs",
        "if s & CANCEL == 0 { s & !RUNNING } else { s }",
        "s & !RUNNING",
        "task::two_cancels_and_a_poll",
    ),
    (
        "state: a cancel takes the cell of a poll",
        "task/state.rs",
        "Some(s) if s & RUNNING != 0 || goes_on(s) => Cancel::Requested,",
        "",
        "task::a_cancel_meets_a_wake",
    ),
    (
        "state: a done task is polled",
        "task/state.rs",
        "(s & (RUNNING | DONE) == 0)",
        "(s & RUNNING == 0)",
        "task::a_cancel_meets_a_wake",
    ),
    (
        "state: a running task is polled",
        "task/state.rs",
        "(s & (RUNNING | DONE) == 0)",
        "(s & DONE == 0)",
        "task::a_cancel_meets_a_wake",
    ),
    (
        "state: an outcome is taken twice",
        "task/state.rs",
        "(s & (DONE | TAKEN) == DONE).then_some(s | TAKEN)",
        "(s & DONE == DONE).then_some(s)",
        "task::an_outcome_is_taken_once",
    ),
    (
        "state: an outcome is taken before it is there",
        "task/state.rs",
        "(s & (DONE | TAKEN) == DONE).then_some",
        "(s & TAKEN == 0).then_some",
        "task::an_outcome_is_taken_when",
    ),
    (
        "task: done is said before the outcome is there",
        "task.rs",
        "unsafe { self.cell.put(outcome) };\n        self.state.finish();",
        "self.state.finish();\n        unsafe { self.cell.put(outcome) };",
        "task::an_outcome_is_taken_when",
    ),
    (
        "task: a cancel is answered before the drop",
        "task.rs",
        "let outcome = self.dropped(Outcome::Cancelled);\n                if self.has_work() || !matches!(outcome, Outcome::Cancelled) {\n                    self.clean_up_later(outcome);\n                    return Cancelled::Requested;\n                }",
        "",
        "task::two_cancels_of_an_idle",
    ),
    (
        "task: a dropped job aborts a task that was cancelled",
        "task.rs",
        "matches!(self.state.abort(), Cancel::Claimed)",
        "!matches!(self.state.abort(), Cancel::Requested)",
        "task::an_abort_meets_a_cancel",
    ),
    (
        "task: a poll that saw a wake goes to sleep",
        "task.rs",
        "Step::Again => self.schedule(),\n            Step::Done(outcome) => {\n                self.leave",
        "Step::Again => {}\n            Step::Done(outcome) => {\n                self.leave",
        "task::a_wake_during_a_later_poll",
    ),
    (
        "cleanup: a wake meanwhile is forgotten",
        "task/state.rs",
        "s if aborted(s) => Suspend::Cancelled,\n            s if s & WOKEN != 0 => Suspend::Woken,",
        "s if aborted(s) => Suspend::Cancelled,",
        "cleanup::",
    ),
    (
        "cleanup: the work is never begun",
        "task.rs",
        "if !matches!(self.state.clean_up(), Suspend::Idle) || self.state.wake() {",
        "if !matches!(self.state.clean_up(), Suspend::Idle) {",
        "cleanup::two_cancels",
    ),
    (
        "cleanup: a cancel stops the work",
        "task/state.rs",
        "self.end(|s| s & CLEANING != 0)",
        "self.end(|_| false)",
        "cleanup::two_cancels",
    ),
    (
        "cleanup: an abort waits for the work",
        "task/state.rs",
        "self.end(|_| false)",
        "self.end(|s| s & CLEANING != 0)",
        "cleanup::an_abort",
    ),
    (
        "cleanup: a cancel that came before ends the work",
        "task/state.rs",
        "let aborted = |s: u8| s & (CLEANING | CANCEL) == CLEANING | CANCEL;",
        "let aborted = |s: u8| s & CANCEL == CANCEL;",
        "cleanup::a_cancel_meets",
    ),
    (
        "cleanup: what an abort leaves is dropped",
        "task.rs",
        "            self.give_work_away();\n            self.leave(outcome);",
        "            self.leave(outcome);",
        "cleanup::an_abort",
    ),
    (
        "queue: a drain begins with a store",
        "queue.rs",
        "self.scheduled.swap(false, Ordering::AcqRel);",
        "self.scheduled.store(false, Ordering::Release);",
        "queue::attending",
    ),
    (
        "queue: a drain acquires nothing",
        "queue.rs",
        "self.scheduled.swap(false, Ordering::AcqRel);",
        "self.scheduled.swap(false, Ordering::Release);",
        "queue::attending",
    ),
    (
        "queue: a drain wakes nobody for the rest",
        "queue.rs",
        "let _rewake = Rewake(self);",
        "",
        "queue::a_drain_of_one_item",
    ),
    (
        "queue: a drain that panics wakes nobody",
        "queue.rs",
        "let _rewake = Rewake(self);",
        "let _rewake = Rewake(self);\n        struct Quiet<'a>(&'a AtomicBool);\n        impl Drop for Quiet<'_> { fn drop(&mut self) { if std::thread::panicking() { self.0.store(true, Ordering::SeqCst); } } }\n        let _quiet = Quiet(&self.scheduled);",
        "queue::a_drain_that_panics",
    ),
    (
        "queue: no fence in push",
        "queue.rs",
        "        fence(Ordering::SeqCst);\n        if self.is_closed() {",
        "        if self.is_closed() {",
        "queue::closing_meets_pushes",
    ),
    (
        "queue: no fence in close",
        "queue.rs",
        "        fence(Ordering::SeqCst);\n        while let",
        "        while let",
        "queue::closing_meets_pushes",
    ),
    (
        "queue: a push looks at the door once",
        "queue.rs",
        "        if self.is_closed() {\n            return self.items.pop().map_or(Ok(()), Err);\n        }\n",
        "",
        "queue::closing_meets_pushes",
    ),
    (
        "queue: a push that comes too late keeps its item and gives back another",
        "queue.rs",
        "return self.items.pop().map_or(Ok(()), Err);",
        "return Ok(());",
        "queue::closing_meets_pushes",
    ),
    (
        "request: an answer wakes nobody",
        "host/request.rs",
        "let before = mem::replace(&mut state.phase, Phase::Done(result));\n        let waker = state.waker.take();",
        "let before = mem::replace(&mut state.phase, Phase::Done(result));\n        let waker = None;",
        "host::an_answer_reaches",
    ),
    (
        "request: the first waker stays",
        "host/request.rs",
        "Some(waker) => waker.clone_from(cx.waker()),",
        "Some(_) => {}",
        "host::an_answer_meets_another",
    ),
    (
        "request: the waker is left after the post",
        "host/request.rs",
        "            state.waker = Some(cx.waker().clone());\n        }",
        "        }",
        "host::an_answer_reaches",
    ),
    (
        "request: what was let go of while it began runs on",
        "host/request.rs",
        "                    Phase::Gone => {\n                        drop(state);\n                        lane::outside(|| stop.stop());\n                    }\n",
        "",
        "host::giving_up_stops",
    ),
    (
        "request: what was let go of is dropped, not stopped",
        "host/request.rs",
        "            Phase::Stopping(stop) => {\n                drop(state);\n                lane::outside(|| stop.stop());",
        "            Phase::Stopping(stop) => {\n                drop(state);\n                drop(stop);",
        "host::giving_up_stops",
    ),
    (
        "request: what runs is stopped on any thread",
        "host/request.rs",
        "(Phase::Running(stop), Some(lane)) if lane.is_here() => {",
        "(Phase::Running(stop), Some(_)) => {",
        "host::giving_up_stops",
    ),
    (
        "request: a loop that closes wakes nobody",
        "host/request.rs",
        "            waker.wake();\n",
        "            drop(waker);\n",
        "host::a_loop_that_closes_leaves",
    ),
    (
        "request: an errand runs twice",
        "host/request.rs",
        "state.phase = Phase::Starting;\n                drop(state);\n                let started",
        "drop(state);\n                let started",
        "host::an_answer_reaches",
    ),
    (
        "lane: who is woken by the loop goes to the workers",
        "task.rs",
        "lane::keep(job);",
        "self.host.schedule(job);",
        "host::an_answer_meets_a_cancel",
    ),
    ("notify: nobody is told of room", "host/notify.rs", "self.room.notify_one();", "", "host::a_full_queue"),
    (
        "notify: a loop that closes tells nobody",
        "host/notify.rs",
        "self.room.notify_all();",
        "",
        "host::a_loop_that_closes_lets_go",
    ),
    (
        "notify: one that waits has no errand",
        "host/notify.rs",
        "let posted = if has_errand { Ok(()) }",
        "let posted = if has_errand || S::OVERFLOW.capacity == 1 { Ok(()) }",
        "host::the_newest",
    ),
]


def copy_core():
    """The workspace with nothing but the core in it."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(ROOT / name, COPY)
    manifest = COPY / "Cargo.toml"
    members, count = re.subn(r"members = \[.*?\]", 'members = ["crates/core"]', manifest.read_text())
    assert count == 1, "the workspace's Cargo.toml names its members in another way now"
    manifest.write_text(members)
    shutil.copytree(ROOT / "crates/core", COPY / "crates/core")


def run_models(name):
    """Whether they pass. None: they did not compile, did not end, or no model has that name."""
    env = os.environ | {
        "RUSTFLAGS": "--cfg loom",
        "CARGO_TARGET_DIR": str(ROOT / "target/loom"),
        "CARGO_PROFILE_TEST_OPT_LEVEL": "2",
        "CARGO_INCREMENTAL": "0",  # every build is of other code
    }
    command = ["cargo", "test", "--quiet", "-p", "ponton-core", "--lib", "--", f"models::{name}"]
    try:
        done = subprocess.run(command, check=False, cwd=COPY, env=env, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return None  # an endless model says so by itself: this machine was busy
    if done.returncode != 0 and "test result: FAILED" not in done.stdout:
        print(done.stdout, done.stderr, file=sys.stderr)
        return None
    return None if "running 0 tests" in done.stdout else done.returncode == 0


def main(word=""):
    # All of them first: nobody waits for half an hour to hear of it.
    counts = [((ROOT / CORE / file).read_text().count(before), file, before) for _, file, before, _, _ in MUTATIONS]
    stale = [f"{file} holds this {count} times: {before}" for count, file, before in counts if count != 1]
    if stale:
        sys.exit("mutations: " + "\n".join(stale))
    copy_core()
    wrong = 0
    for what, file, before, after, model in MUTATIONS:
        if word not in what:
            continue
        path = COPY / CORE / file
        text = path.read_text()
        path.write_text(text.replace(before, after))
        noticed = {True: "NOT NOTICED", False: "noticed", None: "DOES NOT RUN"}[run_models(model)]
        path.write_text(text)
        wrong += noticed != "noticed"
        print(f"{noticed:12} {what} ({model})", flush=True)
    if not word and wrong == 0 and run_models("") is not True:
        sys.exit("mutations: the models fail although nothing is broken")
    sys.exit(wrong)


if __name__ == "__main__":
    main(*sys.argv[1:])
