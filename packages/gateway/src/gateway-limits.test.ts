import test from 'ava';
import { checkGatewayLimits, type GatewayLimits } from './gateway-limits.js';

test('each limit has a default, and those that are given replace it', (t) => {
  const all = checkGatewayLimits();
  for (const [name, value] of Object.entries(all)) t.true(Number.isInteger(value) && value > 0, name);
  t.deepEqual(checkGatewayLimits({ maxCalls: 5, idleTimeoutMs: undefined }), { ...all, maxCalls: 5 });
});

test('a wrong limit is a TypeError that names it', (t) => {
  for (const value of [0, -1, 1.5, 2 ** 31, Number.NaN, '5'])
    t.throws(() => checkGatewayLimits({ maxCalls: value as number }), {
      instanceOf: TypeError,
      message: /^limits\.maxCalls is .*whole number above 0/,
    });
  t.throws(() => checkGatewayLimits({ maxClients: 5 } as GatewayLimits), {
    instanceOf: TypeError,
    message: /^limits\.maxClients does not exist; the limits are maxConnections, /,
  });
});
