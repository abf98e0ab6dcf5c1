// A static server on 127.0.0.1 for the tests' own files.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { json } from 'node:stream/consumers';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };

/** In a package, `from "other/file"` means another mount: a browser knows no packages, and a worker no import map. */
const BARE = /(?<=\bfrom ?")[\w-]+\/[^"]+(?=")/g;

/** Serves each folder of `mounts` under its prefix. What a page posts to `/report` goes to `onReport`. */
export async function serve(mounts, onReport = () => {}) {
  const server = createServer(async (request, response) => {
    if (request.method === 'POST' && request.url === '/report') {
      // A browser that is ended may be cut off.
      await json(request).then(onReport, () => {});
      response.writeHead(204).end();
      return;
    }
    const { pathname } = new URL(request.url, 'http://localhost');
    const prefix = Object.keys(mounts).find((candidate) => pathname.startsWith(candidate));
    try {
      const relative = path.normalize(decodeURIComponent(pathname.slice(prefix.length)));
      if (relative.startsWith('..')) throw new Error('outside');
      let body = await readFile(path.join(mounts[prefix], relative));
      if (mounts[prefix].includes('node_modules')) body = body.toString().replace(BARE, '/$&.js');
      response.writeHead(200, { 'content-type': TYPES[path.extname(relative)] ?? 'application/octet-stream' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
