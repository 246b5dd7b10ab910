import test from 'ava';
import { Command } from 'commander';
import { addGatewayOptions, type GatewayFlags, gatewayOptions } from './gateway-options.js';

function parse(...args: string[]): ReturnType<typeof gatewayOptions> {
  const command = addGatewayOptions(new Command('gateway'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return gatewayOptions(command.parse(args, { from: 'user' }).opts<GatewayFlags>());
}

/** Each option of a limit: a value, where it arrives, and values that are wrong. */
const limits: Record<string, [value: string, option: string, arrives: number, wrong: readonly string[]]> = {
  '--max-connections': ['7', 'maxConnections', 7, ['0', '-1', '1.5', 'many']],
  '--max-calls-per-connection': ['8', 'maxCallsPerConnection', 8, ['0', '-1', '1.5', 'many']],
  '--max-calls': ['9', 'maxCalls', 9, ['0', '-1', '1.5', 'many']],
  '--max-partial-bytes': ['1048576', 'maxPartialBytes', 1_048_576, ['0', '-1', '1.5', '1MiB']],
  '--handshake-timeout': ['250ms', 'handshakeTimeoutMs', 250, ['0s', '-1s', '5', 'soon']],
  '--idle-timeout': ['5m', 'idleTimeoutMs', 300_000, ['0s', '-1s', '5', 'soon']],
  '--first-message-timeout': ['2s', 'firstMessageTimeoutMs', 2000, ['0s', '-1s', '5', 'soon']],
  '--keepalive': ['1h', 'keepaliveMs', 3_600_000, ['0s', '-1s', '5', 'soon']],
};

for (const [flag, [value, option, arrives, wrong]] of Object.entries(limits)) {
  test(`${flag} arrives as limits.${option}, and a wrong value is refused by name`, (t) => {
    t.deepEqual(
      Object.entries(parse(flag, value).limits ?? {}).filter(([, given]) => given !== undefined),
      [[option, arrives]],
    );
    for (const one of wrong)
      t.throws(() => parse(`${flag}=${one}`), { message: new RegExp(`option '${flag} <\\w+>'`) });
  });
}

test('--drain-timeout arrives as drainTimeoutMs, and a wrong value is refused by name', (t) => {
  t.is(parse('--drain-timeout', '1500ms').drainTimeoutMs, 1500);
  for (const one of ['0s', '5', 'soon']) {
    t.throws(() => parse(`--drain-timeout=${one}`), { message: /option '--drain-timeout <time>'/ });
  }
});

test('without options, every limit has its default', (t) => {
  const { limits: given, drainTimeoutMs } = parse();
  t.deepEqual(
    Object.keys(given ?? {}).sort(),
    Object.values(limits)
      .map(([, option]) => option)
      .sort(),
  );
  t.true(Object.values(given ?? {}).every((value) => value === undefined));
  t.is(drainTimeoutMs, undefined);
});
