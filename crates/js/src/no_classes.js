// ── no classes ──

let wrapHandle, unwrapObject;
