// ── no host code: no function of the API takes any, so nothing here is ever called ──

const contexts = [];
let held, hold, letGo, invoke, wait, stop, explain, promise;
function keepContext() {}
function dropContext() {}
function reset() {}

/** Whether an error was made by native code: no other comes out of it. */
const isOurs = () => true;
