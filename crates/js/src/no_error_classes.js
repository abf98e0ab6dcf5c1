// ── no error classes ──

let makeError, variantOf;
