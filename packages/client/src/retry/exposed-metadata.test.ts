import { Metadata } from '@grpc/grpc-js';
import test from 'ava';
import { addPreviousAttempts, pushbackOf } from './exposed-metadata.js';

function pushback(...values: string[]): number | undefined {
  const metadata = new Metadata();
  for (const value of values) metadata.add('grpc-retry-pushback-ms', value);
  return pushbackOf(metadata);
}

test('the pushback of the server is read', (t) => {
  t.is(pushback(), undefined);
  t.is(pushback('0'), 0);
  t.is(pushback('1500'), 1500);
  t.is(pushback('2147483647'), 2147483647);
  t.true((pushback('-7') ?? 0) < 0);
});

for (const value of ['', 'soon', '1.5', '1e3', '01', '-0', '+1', ' 1', '0x10', '2147483648', '99999999999']) {
  test(`a pushback that cannot be parsed means no further attempt: ${JSON.stringify(value)}`, (t) => {
    t.is(pushback(value), -1);
  });
}

test('two pushbacks mean no further attempt', (t) => {
  t.is(pushback('1', '2'), -1);
});

test('attempts of a caller behind a gateway are added', (t) => {
  const metadata = new Metadata();
  addPreviousAttempts(metadata, 2);
  t.deepEqual(metadata.get('grpc-previous-rpc-attempts'), ['2']);
  addPreviousAttempts(metadata, 1);
  t.deepEqual(metadata.get('grpc-previous-rpc-attempts'), ['3']);
  metadata.set('grpc-previous-rpc-attempts', 'many');
  addPreviousAttempts(metadata, 1);
  t.deepEqual(metadata.get('grpc-previous-rpc-attempts'), ['1']);
});
