import test from 'ava';
import { consoleLogger } from './logger.js';

test.serial('a line on the console has the time, the component and the message, and then the fields', (t) => {
  const lines: unknown[][] = [];
  const { warn, error } = console;
  t.teardown(() => Object.assign(console, { warn, error }));
  console.warn = (...line: unknown[]) => void lines.push(['warn', ...line]);
  console.error = (...line: unknown[]) => void lines.push(['error', ...line]);
  const logger = consoleLogger('worker');
  logger.warn('a text');
  logger.error({ code: -187 }, 'a text with fields');
  t.is(logger.info, undefined);
  const shown = lines.map(([level, text, ...fields]) => [
    level,
    String(text).replace(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z /, 'TIME '),
    ...fields,
  ]);
  t.deepEqual(shown, [
    ['warn', 'TIME worker: a text'],
    ['error', 'TIME worker: a text with fields', { code: -187 }],
  ]);
});
