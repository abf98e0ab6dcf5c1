"""What the cases are called when they are shown. A case that is not here is shown by its id."""

from __future__ import annotations

import re

TITLES = {
    "ready_none": "ready at once, with nothing",
    "ready_int": "ready at once, with a number",
    "ready_row": "ready at once: a string in, a record out",
    "hop": "one suspension, through the runtime",
    "hop_busy": "one suspension beside a CPU-bound thread (ratios: of means)",
    "chain": "ten suspensions in one call",
    "callback_ready": "the host's own async function, awaited by Rust",
    "callback_call": "the host's own async function, called by Rust",
    "sleep_10k": "10,000 sleeps of 1 ms at once, per sleep",
    "sleep_100k": "100,000 sleeps of 1 ms at once, per sleep",
    "threads_10k": "threads in the process during 10,000 calls",
    "await_pending_0": "an await with nothing else pending (p50)",
    "await_pending_50k": "an await beside 50,000 pending (p50)",
    "stat_pending_0": "fs.promises.stat, nothing pending (p50)",
    "stat_pending_50k": "fs.promises.stat beside 50,000 pending (p50)",
    "memory_pending": "memory of a pending call",
    "memory_pending_heap": "JavaScript's heap of a pending call",
    "peak_in_64m": "highest memory of a call with 64 MiB in",
    "peak_out_64m": "highest memory of a call with 64 MiB out",
    "bytes_in_64m_peak": "highest memory of calls with 64 MiB in",
    "bytes_out_64m_peak": "highest memory of calls with 64 MiB out",
    "sync_number": "a call without a promise: a number",
    "sync_string": "a call without a promise: a string",
    "sync_bytes": "a call without a promise: 1 MiB",
    "sync_row": "a call without a promise: a record",
    "signal": "a call with an AbortSignal",
    "signal_heap_any": "growth of the heap, each call with its own AbortSignal.any",
    "signal_heap_timeout": "growth of the heap, each call with its own AbortSignal.timeout",
    "yields": "one yield of many in one call",
    "yields_gap": "longest gap between frames during 300,000 yields",
    "size_gz": "a package of one function, gzipped",
    "size_gz_wasm": "a package of one function, gzipped: its wasm",
    "size_gz_js": "a package of one function, gzipped: its JavaScript",
}
FAMILIES = {
    "grow": "{} sleeps of 1 ms at once, per sleep",
    "bytes_in": "{} bytes in, awaited",
    "bytes_out": "{} bytes out, awaited",
}
_MEMBER = re.compile(rf"({'|'.join(FAMILIES)})_(\d+)([km]?)")
_FACTORS = {"": 1, "k": 1 << 10, "m": 1 << 20}


def title(case: str) -> str:
    """Of a case, or of a family as a whole."""
    group, size = family(case)
    if group in FAMILIES:
        return FAMILIES[group].format("so many" if size is None else member(case))
    return TITLES.get(case, case)


def family(case: str) -> tuple[str, int | None]:
    """The cases shown as one table, and the place in it: `grow_100` is (`grow`, 100)."""
    if found := _MEMBER.fullmatch(case):
        name, number, factor = found.groups()
        return name, int(number) * _FACTORS[factor]
    return case, None


def member(case: str) -> str:
    """The head of a family's column: 100,000 or 64k."""
    text = case.removeprefix(family(case)[0] + "_")
    return f"{int(text):,}" if text.isdigit() else text
