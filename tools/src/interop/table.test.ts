import test from 'ava';
import { clientHas, interopBrokers, interopCases, interopWays, wayName } from './matrix.js';
import type { InteropResult } from './results.js';
import { differences, withTables } from './table.js';

const place = (broker: string): string => `<!-- interop-table ${broker} -->\n<!-- /interop-table -->\n`;
const empty = `before\n${interopBrokers.map(place).join('between\n')}after\n`;

/** Every cell of some brokers, passed. */
function allPassed(brokers: readonly string[] = interopBrokers): InteropResult[] {
  return brokers.flatMap((broker) =>
    interopWays.flatMap((way) =>
      interopCases
        .filter((name) => clientHas(way, name))
        .map((name) => ({ broker, way: wayName(way), case: name, passed: true })),
    ),
  );
}

test('a document written from results says what was seen, and nothing around the tables changes', (t) => {
  const document = withTables(empty, allPassed());
  t.deepEqual(differences(document, allPassed()), []);
  t.is(document.replaceAll(/^\|.*\n/gm, ''), empty);
  t.true(document.includes('| ping_pong | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ |'));
  t.true(document.includes('| concurrent_large_unary | ✓ | ✓ | – | ✓ | – | ✓ | – |'));
});

test('a cell that says passed and was not seen to pass is a difference, and the other way round', (t) => {
  const results = allPassed();
  const document = withTables(empty, results);
  const failed = results.map((result, index) => (index === 0 ? { ...result, passed: false } : result));
  t.deepEqual(differences(document, failed), [
    'embedded, empty_unary on (a) grpc-js → worker: the table has ✓, the run ✗',
  ]);
  t.deepEqual(differences(document, results.slice(1)), [
    'embedded, empty_unary on (a) grpc-js → worker: the table has ✓, the run ?',
  ]);
  t.deepEqual(differences(withTables(empty, failed), results), [
    'embedded, empty_unary on (a) grpc-js → worker: the table has ✗, the run ✓',
  ]);
});

test('a broker that was not run on keeps its table, and does not pass the check', (t) => {
  const before = withTables(empty, allPassed());
  const after = withTables(before, allPassed(['embedded']));
  t.is(after, before);
  t.is(differences(after, allPassed(['embedded'])).length, allPassed(['kafka-1']).length);
  t.deepEqual(differences(after, [...allPassed(), { broker: 'kafka-2', way: 'x', case: 'y', passed: false }]), []);
});

test('a table by hand that lacks a case, or a document without its place, is found', (t) => {
  const document = withTables(empty, allPassed()).replace(/\| rpc_soak .*\n/, '');
  t.is(differences(document, allPassed()).length, interopWays.length);
  t.throws(() => differences('no tables', allPassed()), { message: /no place for a table/ });
});
