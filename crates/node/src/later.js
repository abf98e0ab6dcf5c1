// What calls `next` in the event loop's next turn. Test frameworks replace `setImmediate`, and then time stands still in
// their tests, but not for us: so it is reached by a name that they leave alone, where there is one.
((setImmediate) => {
  const { scheduler } = globalThis.process?.getBuiltinModule?.('timers/promises') ?? {};
  const turn = scheduler?.yield?.bind(scheduler);
  if (turn === undefined) return setImmediate;
  return async (next) => {
    await turn();
    next();
  };
})(globalThis.setImmediate)
