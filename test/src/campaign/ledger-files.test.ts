import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Entry } from './entries.js';
import { LedgerReader, LedgerWriter } from './ledger-files.js';

const entry: Entry = { ended: '00112233445566aa', code: 14, at: 1, details: 'zwölf' };

test('a reader gives each line once, and a line only when it is whole', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  const reader = new LedgerReader(path);
  t.deepEqual(reader.read(), [], 'the file is not there yet');
  const writer = new LedgerWriter(path);
  writer.write(entry);
  t.deepEqual(reader.read(), [entry]);
  t.deepEqual(reader.read(), []);
  const bytes = Buffer.from(`${JSON.stringify(entry)}\n`);
  // The cut goes through a character of two bytes.
  const cut = bytes.indexOf(0xc3) + 1;
  appendFileSync(path, bytes.subarray(0, cut));
  t.deepEqual(reader.read(), []);
  appendFileSync(path, bytes.subarray(cut));
  writer.write(entry);
  t.deepEqual(reader.read(), [entry, entry]);
});
