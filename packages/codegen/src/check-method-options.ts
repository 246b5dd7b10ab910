import protobuf from 'protobufjs';
import type { SourceFile } from './load.js';
import { escapePattern, lineOf, ProtoError } from './proto-error.js';

/**
 * Checks the options of a method that are in wherry/v1/options.proto. A worker would refuse a service with an invalid one.
 *
 * @throws ProtoError if one of the options is invalid.
 */
export function checkMethodOptions(method: protobuf.Method, source: SourceFile): void {
  for (const [name, isRight, right] of checks) {
    const option = `(wherry.v1.${name})`;
    const value: unknown = method.options?.[option] ?? method.options?.[`(.wherry.v1.${name})`];
    if (value === undefined || isRight(value, method)) continue;
    const problem = `${option} is ${JSON.stringify(value)}, which is ${right(method)}`;
    throw new ProtoError(source.shown, lineOfOption(method, source.text, name), problem);
  }
}

type Check = readonly [
  name: string,
  isRight: (value: unknown, method: protobuf.Method) => boolean,
  right: (method: protobuf.Method) => string,
];

const checks: readonly Check[] = [
  [
    'ordering_key',
    (value, { resolvedRequestType: request }) =>
      typeof value === 'string' && (request === null || leadsToScalar(request, value.split('.'))),
    ({ resolvedRequestType }) =>
      `not a single number, bool, enum, string or bytes field of ${resolvedRequestType?.name}`,
  ],
  [
    'timeout',
    (value) => typeof value === 'string' && /^\d{1,12}(\.\d{1,9})?s$/.test(value) && /[1-9]/.test(value),
    () => 'not seconds above 0 such as "1.5s"',
  ],
  [
    'partitions',
    (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 10_000,
    () => 'not a number from 1 to 10000',
  ],
];

function lineOfOption(method: protobuf.Method, text: string, name: string): number | undefined {
  const start = Math.max(0, text.search(new RegExp(`\\brpc\\s+${escapePattern(method.name)}\\b`)));
  const line = lineOf(text.slice(start), new RegExp(`\\(\\s*\\.?wherry\\.v1\\.${name}\\s*\\)`));
  return line === undefined ? undefined : text.slice(0, start).split('\n').length - 1 + line;
}

function leadsToScalar(message: protobuf.Type, [name = '', ...rest]: readonly string[]): boolean {
  const field = message.fields[name]?.resolve();
  if (field === undefined || field.repeated || field.map) return false;
  if (field.resolvedType instanceof protobuf.Type) return rest.length > 0 && leadsToScalar(field.resolvedType, rest);
  return rest.length === 0;
}
