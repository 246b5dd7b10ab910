import protobuf from 'protobufjs';
import type { SourceFile } from './load.js';
import { escapePattern, lineOf, ProtoError } from './proto-error.js';

const OPTION = '(wherry.v1.ordering_key)';

/**
 * Checks that the `ordering_key` of a method leads to a single scalar of its request. At run time one that does not would be
 * logged, and order nothing.
 *
 * @throws ProtoError where it does not.
 */
export function checkOrderingKey(method: protobuf.Method, source: SourceFile): void {
  const path = method.options?.[OPTION];
  const request = method.resolvedRequestType;
  if (path === undefined || request === null) return;
  if (typeof path === 'string' && leadsToScalar(request, path.split('.'))) return;
  const start = source.text.search(new RegExp(`\\brpc\\s+${escapePattern(method.name)}\\b`));
  const before = source.text.slice(0, Math.max(0, start)).split('\n').length - 1;
  const line = lineOf(source.text.slice(Math.max(0, start)), /\(\s*\.?wherry\.v1\.ordering_key\s*\)/);
  const problem = `${OPTION} is ${JSON.stringify(path)}, which is no single number, bool, enum, string or bytes of ${request.name}`;
  throw new ProtoError(source.shown, line === undefined ? undefined : before + line, problem);
}

function leadsToScalar(message: protobuf.Type, [name = '', ...rest]: readonly string[]): boolean {
  const field = message.fields[name]?.resolve();
  if (field === undefined || field.repeated || field.map) return false;
  if (field.resolvedType instanceof protobuf.Type) return rest.length > 0 && leadsToScalar(field.resolvedType, rest);
  return rest.length === 0;
}
