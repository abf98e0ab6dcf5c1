// ── no error classes ──

const errorClasses = [];
let makeErrorClasses, makeError, variantOf;
