import test from 'ava';
import { checkServiceConfig } from './check-service-config.js';
import { type IdempotencyLevel, MethodSettingsTable } from './method-settings.js';
import { idempotentPolicy } from './retry/policies.js';
import type { MethodConfig } from './service-config.js';

const limits = { maxReceiveMessageLength: 1000, maxSendMessageLength: -1 };
const retryPolicy = {
  maxAttempts: 2,
  initialBackoff: '1s',
  maxBackoff: '1s',
  backoffMultiplier: 1,
  retryableStatusCodes: [14],
};

function table(methodConfig: readonly MethodConfig[] | undefined, level?: IdempotencyLevel): MethodSettingsTable {
  const config = methodConfig === undefined ? undefined : checkServiceConfig({ methodConfig });
  return new MethodSettingsTable(limits, config, level);
}

function policyOf(table: MethodSettingsTable, path: string) {
  return table.policy(path, table.get(path));
}

test('without a service config the limits of the channel count', (t) => {
  t.deepEqual(table(undefined).get('/a.B/C'), {
    ...limits,
    waitForReady: false,
    timeoutMs: undefined,
    policy: undefined,
  });
});

test('only the entry with the most specific name counts', (t) => {
  const settings = table([
    { name: [{ service: 'a.B', method: 'C' }], timeout: '1s' },
    { name: [{}], timeout: '3s', waitForReady: true },
    { name: [{ service: 'a.B' }], timeout: '2s' },
  ]);
  const timeouts = ['/a.B/C', '/a.B/D', '/a.Bb/C', '/x.Y/C'].map((path) => settings.get(path).timeoutMs);
  t.deepEqual(timeouts, [1000, 2000, 3000, 3000]);
  t.false(settings.get('/a.B/C').waitForReady);
  t.true(settings.get('/x.Y/C').waitForReady);
});

test('the lower of two limits counts, and a negative one means no limit', (t) => {
  const settings = table([
    { name: [{ service: 'a.Low' }], maxRequestMessageBytes: 10, maxResponseMessageBytes: 0 },
    { name: [{ service: 'a.High' }], maxResponseMessageBytes: 2000 },
  ]);
  t.like(settings.get('/a.Low/M'), { maxSendMessageLength: 10, maxReceiveMessageLength: 0 });
  t.like(settings.get('/a.High/M'), { maxSendMessageLength: -1, maxReceiveMessageLength: 1000 });
});

test('an idempotent method is retried once its idempotency_level is known', (t) => {
  const levels = new Map<string, 'IDEMPOTENT' | 'NO_SIDE_EFFECTS'>();
  const settings = table(undefined, (path) => levels.get(path));
  t.is(policyOf(settings, '/a.B/C'), undefined);
  levels.set('/a.B/C', 'IDEMPOTENT').set('/a.B/D', 'NO_SIDE_EFFECTS');
  t.is(policyOf(settings, '/a.B/C'), idempotentPolicy);
  t.is(policyOf(settings, '/a.B/D'), idempotentPolicy);
  t.is(policyOf(settings, '/a.B/E'), undefined);
  t.is(policyOf(table(undefined), '/a.B/C'), undefined, 'that can be switched off');
});

test('an entry for a method or its service decides instead of idempotency_level, an entry for all methods only if it has a policy', (t) => {
  const level: IdempotencyLevel = () => 'IDEMPOTENT';
  const named = table([{ name: [{ service: 'a.B' }] }, { name: [{}], timeout: '1s' }], level);
  t.is(policyOf(named, '/a.B/C'), undefined);
  t.is(policyOf(named, '/x.Y/Z'), idempotentPolicy);
  t.is(policyOf(table([{ name: [{}], retryPolicy }], level), '/x.Y/Z')?.maxAttempts, 2);
});
