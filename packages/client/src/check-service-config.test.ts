import test from 'ava';
import { checkServiceConfig } from './check-service-config.js';

const retryPolicy = {
  maxAttempts: 4,
  initialBackoff: '0.1s',
  maxBackoff: '1.000340012s',
  backoffMultiplier: 2,
  retryableStatusCodes: ['UNAVAILABLE', 'aborted', 8],
};

/** The one entry of a config with these fields. */
function entry(fields: object) {
  const { entries } = checkServiceConfig({ methodConfig: [{ name: [{}], ...fields }] });
  return entries.get('/');
}

test('a retry policy', (t) => {
  t.deepEqual(entry({ retryPolicy })?.policy, {
    kind: 'retry',
    maxAttempts: 4,
    initialBackoffMs: 100,
    maxBackoffMs: 1001,
    backoffMultiplier: 2,
    codes: new Set([14, 10, 8]),
    unsentToo: true,
  });
});

test('a hedging policy, and its defaults', (t) => {
  const hedgingPolicy = { maxAttempts: 3, hedgingDelay: '2s', nonFatalStatusCodes: ['INTERNAL'] };
  t.deepEqual(entry({ hedgingPolicy })?.policy, {
    kind: 'hedging',
    maxAttempts: 3,
    delayMs: 2000,
    codes: new Set([13]),
  });
  t.deepEqual(entry({ hedgingPolicy: { maxAttempts: 2 } })?.policy, {
    kind: 'hedging',
    maxAttempts: 2,
    delayMs: 0,
    codes: new Set(),
  });
});

test('more than five attempts are five', (t) => {
  t.is(entry({ retryPolicy: { ...retryPolicy, maxAttempts: 100 } })?.policy?.maxAttempts, 5);
  t.is(entry({ hedgingPolicy: { maxAttempts: 6 } })?.policy?.maxAttempts, 5);
});

test('the settings of methods without a policy', (t) => {
  const said = { waitForReady: true, timeout: '1.5s', maxRequestMessageBytes: 0, maxResponseMessageBytes: 7 };
  t.deepEqual(entry(said), {
    waitForReady: true,
    timeoutMs: 1500,
    maxRequestMessageBytes: 0,
    maxResponseMessageBytes: 7,
    policy: undefined,
  });
});

test('durations are whole milliseconds, rounded up', (t) => {
  const times = ['1.001s', '1.1s', '0.000000001s', '0s', '315576000000s'].map(
    (timeout) => entry({ timeout })?.timeoutMs,
  );
  t.deepEqual(times, [1001, 1100, 1, 0, 315_576_000_000_000]);
});

test('null counts as absent, and so does "" in a name', (t) => {
  t.deepEqual(
    entry({ waitForReady: null, timeout: null, retryPolicy: null, hedgingPolicy: { maxAttempts: 2 } })?.policy,
    {
      kind: 'hedging',
      maxAttempts: 2,
      delayMs: 0,
      codes: new Set(),
    },
  );
  const name = [
    { service: '', method: null },
    { service: 'a.B', method: '' },
    { service: 'a.B', method: 'C' },
  ];
  t.deepEqual([...checkServiceConfig({ methodConfig: [{ name }] }).entries.keys()], ['/', '/a.B/', '/a.B/C']);
  t.is(checkServiceConfig({ methodConfig: null, retryThrottling: null }).entries.size, 0);
});

test('throttling', (t) => {
  const { throttling } = checkServiceConfig({ retryThrottling: { maxTokens: 10, tokenRatio: 0.1 } });
  t.deepEqual(throttling, { maxTokens: 10, tokenRatio: 0.1 });
});

test('unknown fields are ignored and reported, fields about connections are only ignored', (t) => {
  const { unused } = checkServiceConfig({
    loadBalancingPolicy: 'round_robin',
    loadBalancingConfig: [{ round_robin: {} }],
    healthCheckConfig: { serviceName: 'x' },
    novelty: 1,
    methodConfig: [{ name: [{ servce: 'a.B' }], maxRequestBytes: 1, retryPolicy: { ...retryPolicy, jitter: 1 } }, {}],
  });
  t.deepEqual(unused, [
    'serviceConfig.novelty is unknown and is ignored',
    'serviceConfig.methodConfig[0].maxRequestBytes is unknown and is ignored',
    'serviceConfig.methodConfig[0].retryPolicy.jitter is unknown and is ignored',
    'serviceConfig.methodConfig[0].name[0].servce is unknown and is ignored',
    'serviceConfig.methodConfig[1] has no name, so it applies to no method',
  ]);
});

const first = 'serviceConfig.methodConfig[0]';
const wrongRetry = (fields: object): object => ({ methodConfig: [{ retryPolicy: { ...retryPolicy, ...fields } }] });
const wrongHedging = (fields: object): object => ({ methodConfig: [{ hedgingPolicy: { maxAttempts: 2, ...fields } }] });
const wrongMethod = (fields: object): object => ({ methodConfig: [fields] });

const refused: [config: unknown, message: string][] = [
  [null, 'serviceConfig is null; it must be an object'],
  ['{}', 'serviceConfig is "{}"; it must be an object'],
  [{ methodConfig: {} }, 'serviceConfig.methodConfig is {}; it must be a list'],
  [{ methodConfig: [7] }, `${first} is 7; it must be an object`],
  [wrongMethod({ name: 'a.B' }), `${first}.name is "a.B"; it must be a list`],
  [wrongMethod({ name: [{ service: 1 }] }), `${first}.name[0].service is 1; it must be a name without a slash`],
  [
    wrongMethod({ name: [{ service: '/a.B' }] }),
    `${first}.name[0].service is "/a.B"; it must be a name without a slash`,
  ],
  [
    wrongMethod({ name: [{ method: 'C' }] }),
    `${first}.name[0] is {"method":"C"}; it must be a service, or a method and its service`,
  ],
  [
    { methodConfig: [{ name: [{ service: 'a.B' }] }, { name: [{ service: 'a.B', method: '' }] }] },
    `serviceConfig.methodConfig[1].name[0] is {"service":"a.B","method":""}; it must be a name other than ${first}.name[0]: each name may appear once`,
  ],
  [wrongMethod({ waitForReady: 'yes' }), `${first}.waitForReady is "yes"; it must be true or false`],
  [wrongMethod({ timeout: 5 }), `${first}.timeout is 5; it must be seconds followed by an s, such as "1.5s"`],
  [wrongMethod({ timeout: '-1s' }), `${first}.timeout is "-1s"; it must be seconds followed by an s, such as "1.5s"`],
  [wrongMethod({ timeout: '5ms' }), `${first}.timeout is "5ms"; it must be seconds followed by an s, such as "1.5s"`],
  [
    wrongMethod({ maxRequestMessageBytes: -1 }),
    `${first}.maxRequestMessageBytes is -1; it must be a whole number of bytes below 4 GiB`,
  ],
  [
    wrongMethod({ maxResponseMessageBytes: 1.5 }),
    `${first}.maxResponseMessageBytes is 1.5; it must be a whole number of bytes below 4 GiB`,
  ],
  [
    wrongMethod({ retryPolicy, hedgingPolicy: {} }),
    `${first} has a retryPolicy and a hedgingPolicy; it must have one of them at most`,
  ],
  [wrongMethod({ retryPolicy: [] }), `${first}.retryPolicy is []; it must be an object`],
  [wrongRetry({ maxAttempts: 1 }), `${first}.retryPolicy.maxAttempts is 1; it must be a whole number, 2 or more`],
  [wrongRetry({ maxAttempts: '3' }), `${first}.retryPolicy.maxAttempts is "3"; it must be a whole number, 2 or more`],
  [
    wrongRetry({ maxAttempts: undefined }),
    `${first}.retryPolicy.maxAttempts is undefined; it must be a whole number, 2 or more`,
  ],
  [wrongRetry({ initialBackoff: '0s' }), `${first}.retryPolicy.initialBackoff is "0s"; it must be more than 0s`],
  [
    wrongRetry({ maxBackoff: '1' }),
    `${first}.retryPolicy.maxBackoff is "1"; it must be seconds followed by an s, such as "1.5s"`,
  ],
  [wrongRetry({ backoffMultiplier: 0 }), `${first}.retryPolicy.backoffMultiplier is 0; it must be a number above 0`],
  [
    wrongRetry({ retryableStatusCodes: [] }),
    `${first}.retryPolicy.retryableStatusCodes is []; it must be a list of at least one status code`,
  ],
  [
    wrongRetry({ retryableStatusCodes: undefined }),
    `${first}.retryPolicy.retryableStatusCodes is undefined; it must be a list`,
  ],
  ...['OK', 'constructor', 'NOPE', '14', 0, 17, 1.5, null].map((code): [unknown, string] => [
    wrongRetry({ retryableStatusCodes: [14, code] }),
    `${first}.retryPolicy.retryableStatusCodes[1] is ${JSON.stringify(code)}; it must be a status code other than OK, such as "UNAVAILABLE" or 14`,
  ]),
  [wrongHedging({ maxAttempts: 0 }), `${first}.hedgingPolicy.maxAttempts is 0; it must be a whole number, 2 or more`],
  [
    wrongHedging({ hedgingDelay: 1 }),
    `${first}.hedgingPolicy.hedgingDelay is 1; it must be seconds followed by an s, such as "1.5s"`,
  ],
  [
    wrongHedging({ nonFatalStatusCodes: 'INTERNAL' }),
    `${first}.hedgingPolicy.nonFatalStatusCodes is "INTERNAL"; it must be a list`,
  ],
  [
    { retryThrottling: { maxTokens: 1001, tokenRatio: 1 } },
    'serviceConfig.retryThrottling.maxTokens is 1001; it must be a number above 0, up to 1000',
  ],
  [
    { retryThrottling: { maxTokens: 0, tokenRatio: 1 } },
    'serviceConfig.retryThrottling.maxTokens is 0; it must be a number above 0',
  ],
  [
    { retryThrottling: { maxTokens: 1, tokenRatio: 0.0009 } },
    'serviceConfig.retryThrottling.tokenRatio is 0.0009; it must be at least 0.001: decimals after the third are cut',
  ],
  [
    { retryThrottling: { maxTokens: 1 } },
    'serviceConfig.retryThrottling.tokenRatio is undefined; it must be a number above 0',
  ],
];

for (const [config, message] of refused) {
  test(`refused: ${message}`, (t) => {
    t.throws(() => checkServiceConfig(config), { instanceOf: TypeError, message });
  });
}
