// ── no classes ──

const classes = [];
let makeClass;
