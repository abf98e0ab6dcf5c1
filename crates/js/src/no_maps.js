// ── no maps ──

let mapEntries, makeDict;
