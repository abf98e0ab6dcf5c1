// What a page or a Web Worker has for the operations.

const { port1, port2 } = new MessageChannel();
const waiting = [];
port1.onmessage = () => waiting.shift()();

export const host = () => ({
  native: false,
  /** A turn of the event loop, without a timer's delay. */
  turn: () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(0);
    }),
});
