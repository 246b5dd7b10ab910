import type { IncomingHttpHeaders } from 'node:http2';

/**
 * Gives each value of a repeated header back its own place: Node joins them with commas, and a comma may be part of a
 * value. Binary values that one header holds together, as the gRPC specification allows, are told apart too.
 *
 * @param raw all names and values, in turn, as Node has them beside `headers`.
 */
export function separateValues(headers: IncomingHttpHeaders, raw: readonly string[]): void {
  if (!mayBeJoined(headers, raw)) return;
  const all = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]];
    const values = all.get(name) ?? [];
    all.set(name, values);
    values.push(...(name.endsWith('-bin') ? value.split(',').map((part) => part.trim()) : [value]));
  }
  for (const [name, values] of all) {
    if (values.length > 1 && (name.endsWith('-bin') || headers[name] === values.join(', '))) headers[name] = values;
  }
}

/** Most requests have no such header, and to look is much cheaper than to take them all apart. */
function mayBeJoined(headers: IncomingHttpHeaders, raw: readonly string[]): boolean {
  if (raw.length !== 2 * Object.keys(headers).length) return true;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.endsWith('-bin') && raw[at + 1]?.includes(',')) return true;
  }
  return false;
}
