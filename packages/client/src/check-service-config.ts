import { status as Status } from '@grpc/grpc-js';
import type { HedgingPolicy, RetryPolicy } from './retry/policies.js';
import type { Throttling } from './retry/retry-throttle.js';

/** A checked entry of `methodConfig`. A field that the entry does not set is undefined. */
export interface MethodEntry {
  readonly waitForReady: boolean | undefined;
  readonly timeoutMs: number | undefined;
  readonly maxRequestMessageBytes: number | undefined;
  readonly maxResponseMessageBytes: number | undefined;
  readonly policy: RetryPolicy | HedgingPolicy | undefined;
}

/** A checked service config, with its entries by name: `/package.Service/Method`, `/package.Service/`, `/`. */
export interface CheckedServiceConfig {
  readonly entries: ReadonlyMap<string, MethodEntry>;
  readonly throttling: Throttling | undefined;
  /** The parts of the config that have no effect, as sentences for a log. */
  readonly unused: readonly string[];
}

/** A larger `maxAttempts` counts as this (gRFC A6). */
const MAX_ATTEMPTS = 5;

/** Fields of a service config that are about connections, which a log does not have. */
const forConnections = ['loadBalancingPolicy', 'loadBalancingConfig', 'healthCheckConfig', 'connectionScaling'];

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks and parses a service config. As everywhere in gRPC, null counts as absent. Unknown fields are no error, because they may belong to
 * a newer gRPC.
 *
 * @throws TypeError that names the field, its value, and the values that it takes.
 */
export function checkServiceConfig(config: unknown): CheckedServiceConfig {
  const at = 'serviceConfig';
  const fields = asFields(at, config);
  const unused = unknownFields(at, fields, ['methodConfig', 'retryThrottling', ...forConnections]);
  const entries = new Map<string, MethodEntry>();
  const named = new Map<string, string>();
  for (const [index, value] of asList(`${at}.methodConfig`, fields['methodConfig'] ?? []).entries()) {
    const path = `${at}.methodConfig[${index}]`;
    const method = asFields(path, value);
    const entry = methodEntry(path, method, unused);
    const names = asList(`${path}.name`, method['name'] ?? []);
    if (names.length === 0) unused.push(`${path} has no name, so it applies to no method`);
    for (const [number, name] of names.entries()) {
      const where = `${path}.name[${number}]`;
      const key = nameKey(where, name, unused);
      const before = named.get(key);
      if (before !== undefined) wrong(where, name, `a name other than ${before}: each name may appear once`);
      named.set(key, where);
      entries.set(key, entry);
    }
  }
  return { entries, throttling: throttling(`${at}.retryThrottling`, fields['retryThrottling'], unused), unused };
}

function methodEntry(at: string, fields: Fields, unused: string[]): MethodEntry {
  unused.push(
    ...unknownFields(at, fields, [
      'name',
      'waitForReady',
      'timeout',
      'maxRequestMessageBytes',
      'maxResponseMessageBytes',
      'retryPolicy',
      'hedgingPolicy',
    ]),
  );
  const { waitForReady, timeout, maxRequestMessageBytes, maxResponseMessageBytes } = fields;
  const retry = fields['retryPolicy'] ?? undefined;
  const hedging = fields['hedgingPolicy'] ?? undefined;
  if (retry !== undefined && hedging !== undefined) {
    throw new TypeError(`${at} has a retryPolicy and a hedgingPolicy; it must have one of them at most`);
  }
  return {
    waitForReady: optional(`${at}.waitForReady`, waitForReady, asBoolean),
    timeoutMs: optional(`${at}.timeout`, timeout, asDuration),
    maxRequestMessageBytes: optional(`${at}.maxRequestMessageBytes`, maxRequestMessageBytes, asBytes),
    maxResponseMessageBytes: optional(`${at}.maxResponseMessageBytes`, maxResponseMessageBytes, asBytes),
    policy:
      retry === undefined
        ? optional(`${at}.hedgingPolicy`, hedging, (path, value) => hedgingPolicy(path, value, unused))
        : retryPolicy(`${at}.retryPolicy`, retry, unused),
  };
}

function retryPolicy(at: string, value: unknown, unused: string[]): RetryPolicy {
  const fields = asFields(at, value);
  const known = ['maxAttempts', 'initialBackoff', 'maxBackoff', 'backoffMultiplier', 'retryableStatusCodes'];
  unused.push(...unknownFields(at, fields, known));
  const codes = asCodes(`${at}.retryableStatusCodes`, fields['retryableStatusCodes']);
  if (codes.size === 0) wrong(`${at}.retryableStatusCodes`, [], 'a list of at least one status code');
  return {
    kind: 'retry',
    maxAttempts: asAttempts(`${at}.maxAttempts`, fields['maxAttempts']),
    initialBackoffMs: asPause(`${at}.initialBackoff`, fields['initialBackoff']),
    maxBackoffMs: asPause(`${at}.maxBackoff`, fields['maxBackoff']),
    backoffMultiplier: asPositive(`${at}.backoffMultiplier`, fields['backoffMultiplier']),
    codes,
    unsentToo: true,
  };
}

function hedgingPolicy(at: string, value: unknown, unused: string[]): HedgingPolicy {
  const fields = asFields(at, value);
  unused.push(...unknownFields(at, fields, ['maxAttempts', 'hedgingDelay', 'nonFatalStatusCodes']));
  return {
    kind: 'hedging',
    maxAttempts: asAttempts(`${at}.maxAttempts`, fields['maxAttempts']),
    delayMs: optional(`${at}.hedgingDelay`, fields['hedgingDelay'], asDuration) ?? 0,
    codes: asCodes(`${at}.nonFatalStatusCodes`, fields['nonFatalStatusCodes'] ?? []),
  };
}

function throttling(at: string, value: unknown, unused: string[]): Throttling | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = asFields(at, value);
  unused.push(...unknownFields(at, fields, ['maxTokens', 'tokenRatio']));
  const maxTokens = asPositive(`${at}.maxTokens`, fields['maxTokens']);
  if (maxTokens > 1000) wrong(`${at}.maxTokens`, maxTokens, 'a number above 0, up to 1000');
  const tokenRatio = asPositive(`${at}.tokenRatio`, fields['tokenRatio']);
  if (tokenRatio < 0.001) wrong(`${at}.tokenRatio`, tokenRatio, 'at least 0.001: decimals after the third are cut');
  return { maxTokens, tokenRatio };
}

/** The key of a name in {@link CheckedServiceConfig.entries}. In a name, "" and null count as absent. */
function nameKey(at: string, value: unknown, unused: string[]): string {
  const fields = asFields(at, value);
  unused.push(...unknownFields(at, fields, ['service', 'method']));
  const service = asName(`${at}.service`, fields['service'] ?? '');
  const method = asName(`${at}.method`, fields['method'] ?? '');
  if (service === '' && method !== '') wrong(at, value, 'a service, or a method and its service');
  return service === '' ? '/' : `/${service}/${method}`;
}

function unknownFields(at: string, fields: Fields, known: readonly string[]): string[] {
  const unknown = Object.keys(fields).filter((field) => !known.includes(field));
  return unknown.map((field) => `${at}.${field} is unknown and is ignored`);
}

function wrong(at: string, value: unknown, right: string): never {
  throw new TypeError(`${at} is ${JSON.stringify(value) ?? String(value)}; it must be ${right}`);
}

function optional<T>(at: string, value: unknown, read: (at: string, value: unknown) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(at, value);
}

function asFields(at: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong(at, value, 'an object');
  return value as Fields;
}

function asList(at: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) wrong(at, value, 'a list');
  return value as readonly unknown[];
}

function asName(at: string, value: unknown): string {
  if (typeof value !== 'string' || value.includes('/')) wrong(at, value, 'a name without a slash');
  return value as string;
}

function asBoolean(at: string, value: unknown): boolean {
  if (typeof value !== 'boolean') wrong(at, value, 'true or false');
  return value as boolean;
}

function asBytes(at: string, value: unknown): number {
  if (!isWholeNumber(value) || value < 0 || value >= 2 ** 32) wrong(at, value, 'a whole number of bytes below 4 GiB');
  return value as number;
}

function asPositive(at: string, value: unknown): number {
  if (typeof value !== 'number' || !(value > 0) || value === Number.POSITIVE_INFINITY) {
    wrong(at, value, 'a number above 0');
  }
  return value as number;
}

function asAttempts(at: string, value: unknown): number {
  if (!isWholeNumber(value) || value < 2) wrong(at, value, 'a whole number, 2 or more');
  return Math.min(value as number, MAX_ATTEMPTS);
}

/** Reads a duration in protobuf's JSON form as whole milliseconds, rounded up. */
function asDuration(at: string, value: unknown): number {
  if (typeof value !== 'string' || !/^\d{1,12}(\.\d{1,9})?s$/.test(value)) {
    wrong(at, value, 'seconds followed by an s, such as "1.5s"');
  }
  const ms = Number((value as string).slice(0, -1)) * 1000;
  // Nanoseconds are six decimals of a millisecond. Any further decimals are rounding errors.
  return Math.ceil(Number(ms.toFixed(6)));
}

function asPause(at: string, value: unknown): number {
  const ms = asDuration(at, value);
  if (ms === 0) wrong(at, value, 'more than 0s');
  return ms;
}

function asCodes(at: string, value: unknown): ReadonlySet<Status> {
  return new Set(asList(at, value).map((code, index) => asCode(`${at}[${index}]`, code)));
}

function asCode(at: string, value: unknown): Status {
  const code = typeof value === 'string' ? codeOf(value.toUpperCase()) : value;
  if (!isWholeNumber(code) || code <= Status.OK || code > Status.UNAUTHENTICATED) {
    wrong(at, value, 'a status code other than OK, such as "UNAVAILABLE" or 14');
  }
  return code as Status;
}

function codeOf(name: string): unknown {
  return Object.hasOwn(Status, name) ? Status[name as keyof typeof Status] : undefined;
}

function isWholeNumber(value: unknown): value is number {
  return Number.isInteger(value);
}
