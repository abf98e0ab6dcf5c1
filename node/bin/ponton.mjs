#!/usr/bin/env node
// `npx ponton lab`

import { main } from '../lab/cli.mjs';

const USAGE = `Usage: ponton lab [SCENARIO] [--json] [--list]

Commands:
  lab   lazy and eager, side by side: recorded scenarios; see ponton lab --help
`;

const [command, ...args] = process.argv.slice(2);
// A reader such as `head` that has seen enough is no failure.
process.stdout.on('error', (error) => process.exit(/** @type {NodeJS.ErrnoException} */ (error).code === 'EPIPE' ? 0 : 1));
if (command === 'lab') {
  process.exitCode = await main(args);
} else if (command === '--help' || command === '-h') {
  process.stdout.write(USAGE);
} else {
  process.stderr.write(command ? `ponton: unknown command: ${command}\n\n${USAGE}` : USAGE);
  process.exitCode = 2;
}
