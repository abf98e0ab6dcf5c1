// A static server on 127.0.0.1 for the tests' own files.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };

/** Serves each folder of `mounts` under its prefix. */
export async function serve(mounts) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const prefix = Object.keys(mounts).find((candidate) => pathname.startsWith(candidate));
    try {
      const relative = path.normalize(decodeURIComponent(pathname.slice(prefix.length)));
      if (relative.startsWith('..')) throw new Error('outside');
      const body = await readFile(path.join(mounts[prefix], relative));
      response.writeHead(200, { 'content-type': TYPES[path.extname(relative)] ?? 'application/octet-stream' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
