// Draws the traces, recorded or live, and runs the JavaScript column in the reader's browser.

const data = JSON.parse(document.getElementById('data').textContent);

const SIGNS = {
  created: ['○', 'created'],
  first_poll: ['▶', 'starts'],
  pending: ['…', 'pending: it waits'],
  woken: ['↑', 'woken'],
  ready: ['●', 'ready'],
  settled: ['✓', 'settled: its awaiter knows'],
  cancelled: ['✗', 'cancelled'],
  dropped: ['✗', 'dropped'],
  never_awaited: ['!', 'never awaited'],
};
const ENDS = new Set(['ready', 'dropped', 'never_awaited', 'settled']);

/** Makes an element; children are nodes or text, so that nothing is parsed as HTML. */
function h(tag, props = {}, ...children) {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

const baseName = (task) => task.split('#')[0];

/** Assigns each event its lane: `main` first, then every future; a future's own notes stand in its lane. */
function lanesOf(events) {
  const lanes = ['main'];
  const laneOf = new Map([['main', 0]]);
  const add = (task) => laneOf.set(task, lanes.push(task) - 1);
  for (const { task } of events) {
    if (!laneOf.has(task) && task.includes('#')) add(task);
  }
  for (const { task } of events) {
    if (laneOf.has(task)) continue;
    const owner = lanes.findIndex((lane) => baseName(lane) === task);
    if (owner > 0) laneOf.set(task, owner);
    else add(task);
  }
  return { count: lanes.length, laneOf };
}

/** What a future does after an event, as the class of its line; undefined once it is over. */
function stateAfter(event, started) {
  if (ENDS.has(event)) return undefined;
  if (event === 'created') return started ? 'wait' : 'idle';
  if (event === 'pending' || event === 'woken' || event === 'cancelled') return 'wait';
  return 'run';
}

function trace(events) {
  const { count, laneOf } = lanesOf(events);
  const last = Array.from({ length: count }, (_, lane) => events.findLastIndex((e) => laneOf.get(e.task) === lane));
  const state = Array.from({ length: count }, () => undefined);
  const started = new Set();
  state[0] = 'main';
  last[0] = events.length;
  return h('ol', {}, ...events.map((event, index) => {
    const own = laneOf.get(event.task);
    const before = [...state];
    if (event.event === 'first_poll') started.add(own);
    if (own > 0) state[own] = index < last[own] ? stateAfter(event.event, started.has(own)) : undefined;
    const lanes = state.map((after, lane) => h('span', { className: 'lane' },
      index > 0 || lane > 0 ? h('i', { className: `up ${before[lane] ?? ''}` }) : undefined,
      index < events.length - 1 || lane > 0 ? h('i', { className: `down ${after ?? ''}` }) : undefined,
      lane === own ? dot(event.event) : undefined));
    return h('li', {}, h('span', { className: 'seq' }, `${event.seq}`), ...lanes, text(event),
      h('span', { className: 't' }, `${(event.t_us / 1000).toFixed(event.t_us < 10000 ? 2 : 1)} ms`));
  }));
}

function dot(event) {
  const [sign] = SIGNS[event] ?? [];
  return h('em', { className: event }, sign ? h('span', {}, sign) : undefined);
}

function text({ task, event, note, thread }) {
  const where = thread === 'loop' ? undefined : h('span', { className: 'thread', title: 'thread' }, thread);
  const isMain = task === 'main';
  if (event === 'mark') {
    return h('span', { className: `text${isMain ? ' main' : ''}` }, isMain ? note : `${baseName(task)}: ${note} `, where);
  }
  const word = event === 'first_poll' ? 'starts' : event.replaceAll('_', ' ');
  return h('span', { className: 'text' }, `${baseName(task)} `, h('span', { className: event }, word),
    note ? h('span', { className: 'note' }, ` ${note}`) : undefined, ' ', where);
}

function verdict(judged) {
  if (!judged) return undefined;
  if (judged === 'passed') return h('p', { className: 'verdict' }, '✓ in the expected order');
  if (judged.known_failure) return h('p', { className: 'verdict' }, `known failure: ${judged.known_failure}`);
  return h('p', { className: 'verdict failed' }, `✗ ${judged.failed.join('; ')}`);
}

function panel(column, scenario, part) {
  const language = column.host === 'node' || column.host === 'browser' ? 'js' : column.host;
  const run = column.missing ? { unavailable: `not run: ${column.missing}` } : column.runs[`${scenario.name}/${part.name}`];
  const body = h('div', {}, ...(run.events ? [trace(run.events), verdict(run.verdict)].filter(Boolean)
    : [h('p', { className: 'why' }, run.unavailable)]));
  const how = part.how[language] ?? '';
  const button = column.host === 'browser' && canRun(part) ? again(scenario, part, body) : undefined;
  return h('article', { className: 'panel' },
    h('header', {}, h('b', {}, column.title), h('span', { className: 'how', title: how }, how), button), body);
}

/** The button that runs a part in this very browser and draws what it recorded in place of the recording. */
function again(scenario, part, body) {
  const button = h('button', { type: 'button' }, 'run again here');
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const lines = await runHere(scenario, part);
      live.push(lines);
      body.replaceChildren(trace(lines), h('p', { className: 'verdict' }, `recorded in this browser at ${new Date().toLocaleTimeString()}`));
    } catch (error) {
      body.replaceChildren(h('p', { className: 'why' }, `${error}`));
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

const canRun = (part) => part.how.js !== null && (!part.bridge || data.web);

/** One run at a time: Rust keeps a single trace. */
let turn = Promise.resolve();

/** What was recorded here, for the reader's console and the page's own test. */
const live = [];
globalThis.lab = { data, live };

function runHere(scenario, part) {
  const run = turn.then(async () => {
    const [{ runPart }, { parts }, ponton] = await Promise.all([
      load('run.mjs'),
      load(`scenarios/${scenario.name}.mjs`),
      part.bridge ? loadPonton() : undefined,
    ]);
    return runPart(scenario, part, parts, { host: 'browser', ponton, notBuilt: 'not built' });
  });
  turn = run.catch(() => {});
  return run;
}

/** Where each embedded file lives in this page, by its text's owner and path. */
const urls = new Map();

const load = (path) => import(urlOf(path, data.sources));

/** The package's API, from the embedded web build. */
const loadPonton = () => import(urlOf(data.web.entry, data.web.files));

/** A URL for an embedded file; what it refers to relatively is replaced by the URLs of those files. */
function urlOf(path, files) {
  const key = `${files === data.sources ? 'lab' : 'web'}/${path}`;
  if (!urls.has(key)) urls.set(key, path.endsWith('.wasm') ? `data:application/wasm;base64,${files[path]}` : moduleUrl(path, files));
  return urls.get(key);
}

function moduleUrl(path, files) {
  const resolve = (reference) => new URL(reference, `http://page/${path}`).pathname.slice(1);
  const source = files[path].replace(
    /(\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"])([^'"\n]+)\2(\s*,\s*import\.meta\.url\s*\))?/g,
    (whole, head, quote, reference, asset) => {
      const target = resolve(reference);
      if (!(target in files) || !(asset || /^\.\.?\//.test(reference))) return whole;
      return `${head}${quote}${urlOf(target, files)}${quote}${asset ? ')' : ''}`;
    },
  );
  return URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
}

const KEYWORDS = /\b(?:async|await|fn|let|mut|move|pub|for|in|if|else|def|del|try|except|finally|return|function|const|new|void|from|import|while|class|raise|None|null)\b/;
const TOKEN = new RegExp(`(?<c>//[^\\n]*|#(?!\\[)[^\\n]*)|(?<s>"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*'|\`[^\`]*\`)|(?<k>${KEYWORDS.source})`, 'g');

function code(language, source) {
  const pre = h('pre', { className: `code ${language}`, tabIndex: 0 });
  let end = 0;
  for (const token of source.matchAll(TOKEN)) {
    const kind = Object.entries(token.groups).find(([, value]) => value !== undefined)[0];
    pre.append(source.slice(end, token.index), h('span', { className: kind }, token[0]));
    end = token.index + token[0].length;
  }
  pre.append(source.slice(end));
  return pre;
}

function partSection(scenario, part) {
  const snippets = data.code[`${scenario.name}/${part.name}`];
  const codes = ['rust', 'python', 'js'].map((language) =>
    code(language, snippets[language] || `// ${part.unavailable?.[language] ?? 'no code'}`));
  return h('section', {},
    h('h3', {}, part.title, part.bridge ? h('span', { className: 'bridge' }, 'through the bridge') : undefined),
    h('div', { className: 'grid' }, ...data.columns.map((column) => panel(column, scenario, part))),
    h('details', { className: 'codes', open: true }, h('summary', {}, 'The code that ran'), h('div', { className: 'grid three' }, ...codes)));
}

function scenarioSection(scenario) {
  const claims = scenario.claims.flatMap(({ claim, so }) => [h('dt', {}, claim), h('dd', {}, so)]);
  return h('section', { className: 'scenario', id: scenario.name },
    h('h2', {}, `${scenario.title} `, h('small', {}, scenario.name)),
    h('p', { className: 'notice' }, scenario.notice),
    ...scenario.parts.map((part) => partSection(scenario, part)),
    claims.length > 0 ? h('dl', { className: 'claims' }, ...claims) : undefined);
}

document.getElementById('legend').append(...Object.entries(SIGNS)
  .map(([event, [sign, words]]) => h('li', {}, h('span', { className: event }, sign), ` ${words}`)));
document.getElementById('nav').append(...data.scenarios
  .map(({ name, title }) => h('a', { href: `#${name}` }, title)));
document.getElementById('main').append(...data.scenarios.map(scenarioSection));
// The sections did not exist yet when the browser looked for the one in the address.
document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
