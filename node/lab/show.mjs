// Node's own column in the terminal.

/** @typedef {import('./run.mjs').Scenario} Scenario */
/** @typedef {import('./run.mjs').Line} Line */

/** @type {Record<string, [sign: string, color: string]>} */
const SIGNS = {
  created: ['○', '36'],
  first_poll: ['▶', '32'],
  pending: ['…', '2'],
  woken: ['↑', '2'],
  ready: ['●', '32'],
  settled: ['✓', '32'],
  never_awaited: ['!', '33'],
  dropped: ['✗', '31'],
  cancelled: ['✗', '31'],
};

/**
 * Draws one scenario from its lines.
 * @param {Scenario} scenario
 * @param {Line[]} lines
 * @param {{ color: boolean, width: number }} style
 */
export function show(scenario, lines, { color, width }) {
  const paint = (/** @type {string} */ code, /** @type {string} */ text) =>
    color && code ? `\x1b[${code}m${text}\x1b[0m` : text;
  const head = `${scenario.number} · ${scenario.name} `;
  const out = ['', paint('1;36', head) + paint('2', '─'.repeat(Math.max(0, width - head.length)))];
  out.push(...wrap(scenario.title, width).map((text) => paint('1', text)), ...wrap(`Notice: ${scenario.notice}`, width));
  for (const part of scenario.parts) {
    out.push('', ...wrap(`▪ ${part.title}`, width).map((text) => paint('1', text)), `  ${paint('2', part.how.js ?? '-')}`);
    for (const line of lines.filter((line) => line.part === part.name)) {
      if ('unavailable' in line) {
        out.push(...wrap(line.unavailable, width - 2).map((text) => `  ${paint('2', text)}`));
        continue;
      }
      const [text, code] = describe(line);
      const margin = 6 + (line.task === 'main' ? 0 : 2);
      wrap(text, width - margin).forEach((piece, index) => {
        const number = index === 0 ? String(line.seq).padStart(4) : '';
        out.push(number.padEnd(margin) + paint(code, piece));
      });
    }
  }
  for (const { claim, so } of scenario.claims) {
    out.push('', ...[`It is said: ${claim}`, `It is so: ${so}`].flatMap((t) => wrap(t, width)).map((t) => paint('2', t)));
  }
  return `${out.join('\n')}\n`;
}

/**
 * @param {import('./tracer.mjs').TraceRecord} record
 * @returns {[text: string, color: string]}
 */
function describe({ task, event, note, thread }) {
  const name = task.replace(/#\d+$/, '');
  const where = thread === 'loop' ? '' : ` [${thread}]`;
  if (event === 'mark') return name === 'main' ? [note + where, '1'] : [`${name}: ${note}${where}`, ''];
  const [sign, color] = SIGNS[event] ?? ['', ''];
  const word = event === 'first_poll' ? 'starts' : event.replaceAll('_', ' ');
  return [`${name} ${sign} ${word}${note ? ` (${note})` : ''}${where}`, color];
}

/** @param {string} text @param {number} width */
function wrap(text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = /** @type {string} */ (lines.at(-1));
    if (line && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines;
}
