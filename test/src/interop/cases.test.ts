import { interopCases } from '@wherry/tools/interop';
import test from 'ava';
import { direct, startGrpcJsServer } from './paths.js';
import { suite } from './suite.js';

// The cases and the service themselves, without Wherry: a stock client and a stock server.

for (const name of interopCases) {
  test(`${name} passes between a stock client and a stock server`, async (t) => {
    t.timeout(60_000);
    const path = await direct(() => startGrpcJsServer());
    t.teardown(() => path.close());
    await t.notThrowsAsync(suite[name](path.target));
  });
}
