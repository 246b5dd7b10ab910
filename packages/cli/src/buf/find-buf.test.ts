import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findBuf } from './find-buf.js';

test('buf is taken from the project, else from the PATH, and else it is said how to install it', (t) => {
  const project = mkdtempSync(join(tmpdir(), 'wherry-buf-'));
  t.teardown(() => rmSync(project, { recursive: true }));
  const places = [join(project, 'package.json')];
  t.throws(() => findBuf(places, project), { message: /not installed: npm install --save-dev @bufbuild\/buf$/ });
  writeFileSync(join(project, 'buf'), '#!/bin/sh\n');
  chmodSync(join(project, 'buf'), 0o755);
  t.deepEqual(findBuf(places, project), { command: 'buf', args: [] });
  const installed = join(project, 'node_modules/@bufbuild/buf');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), '{"name":"@bufbuild/buf"}');
  const { command, args } = findBuf(places, project);
  t.is(command, process.execPath);
  t.regex(args.join(), /node_modules\/@bufbuild\/buf\/bin\/buf$/);
});
