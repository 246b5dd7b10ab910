import type { IncomingHttpHeaders } from 'node:http2';

/**
 * Separates the values of repeated headers. Node joins them with commas, but a comma may also be part of a value. Binary values
 * that share one header, as the gRPC specification allows, are separated too.
 *
 * @param raw all names and values in turn, as Node gives them beside `headers`.
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

/** Whether a header may have joined values. Most requests have no such header, and this check costs much less than the separation. */
function mayBeJoined(headers: IncomingHttpHeaders, raw: readonly string[]): boolean {
  if (raw.length !== 2 * Object.keys(headers).length) return true;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.endsWith('-bin') && raw[at + 1]?.includes(',')) return true;
  }
  return false;
}
