import { asObject, JsonError, pathOf } from './json-error.js';
import { jsonName } from './schema.js';

/** A message of protobuf's own that JSON writes in a form of its own. */
export interface WellKnown {
  /** @throws JsonError */
  fromJson(json: unknown, path: string): unknown;
  toJson(message: Record<string, unknown>): unknown;
}

const timestamp: WellKnown = {
  fromJson(json, path) {
    const written =
      typeof json === 'string' ? /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(json) : null;
    const ms = written === null ? Number.NaN : Date.parse(`${written[1]}${written[3]}`);
    if (Number.isNaN(ms)) throw new JsonError(path, 'a time such as 2026-01-31T09:30:00Z', json);
    return { seconds: String(ms / 1000), nanos: nanosOf(written?.[2]) };
  },
  toJson({ seconds = '0', nanos = 0 }) {
    const date = new Date(Number(seconds) * 1000);
    // A time that no calendar of ours has.
    if (Number.isNaN(date.getTime())) return { seconds, nanos };
    return `${date.toISOString().slice(0, -5)}${fraction(Number(nanos))}Z`;
  },
};

const duration: WellKnown = {
  fromJson(json, path) {
    const written = typeof json === 'string' ? /^(-?)(\d{1,12})(\.\d{1,9})?s$/.exec(json) : null;
    if (written === null) throw new JsonError(path, 'a time in seconds such as 1.5s', json);
    const [, sign = '', seconds = '0', rest] = written;
    const nanos = nanosOf(rest);
    return { seconds: `${sign}${seconds}`, nanos: sign === '' || nanos === 0 ? nanos : -nanos };
  },
  toJson({ seconds = '0', nanos = 0 }) {
    const negative = String(seconds).startsWith('-') || Number(nanos) < 0;
    return `${negative ? '-' : ''}${String(seconds).replace('-', '')}${fraction(Math.abs(Number(nanos)))}s`;
  },
};

const fieldMask: WellKnown = {
  fromJson(json, path) {
    if (typeof json !== 'string') throw new JsonError(path, 'names of fields, separated by commas', json);
    const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return { paths: json === '' ? [] : json.split(',').map((name) => snake(name.trim())) };
  },
  toJson({ paths = [] }) {
    return (paths as string[]).map(jsonName).join(',');
  },
};

const struct: WellKnown = {
  fromJson(json, path) {
    const fields = Object.entries(asObject(json, path));
    return { fields: Object.fromEntries(fields.map(([key, item]) => [key, value.fromJson(item, pathOf(path, key))])) };
  },
  toJson({ fields = {} }) {
    const entries = Object.entries(fields as Record<string, Record<string, unknown>>);
    return Object.fromEntries(entries.map(([key, item]) => [key, value.toJson(item)]));
  },
};

const listValue: WellKnown = {
  fromJson(json, path) {
    if (!Array.isArray(json)) throw new JsonError(path, 'an array', json);
    return { values: json.map((item, index) => value.fromJson(item, `${path}[${index}]`)) };
  },
  toJson({ values = [] }) {
    return (values as Record<string, unknown>[]).map((item) => value.toJson(item));
  },
};

const value: WellKnown = {
  fromJson(json, path) {
    if (json === null) return { nullValue: 0 };
    if (typeof json === 'number') return { numberValue: json };
    if (typeof json === 'string') return { stringValue: json };
    if (typeof json === 'boolean') return { boolValue: json };
    return Array.isArray(json)
      ? { listValue: listValue.fromJson(json, path) }
      : { structValue: struct.fromJson(json, path) };
  },
  toJson({ numberValue, stringValue, boolValue, listValue: list, structValue }) {
    if (list !== undefined) return listValue.toJson(list as Record<string, unknown>);
    if (structValue !== undefined) return struct.toJson(structValue as Record<string, unknown>);
    return numberValue ?? stringValue ?? boolValue ?? null;
  },
};

/** The messages with a form of their own in JSON, wrappers and Any apart, by their full names. */
export const wellKnown: ReadonlyMap<string, WellKnown> = new Map([
  ['google.protobuf.Timestamp', timestamp],
  ['google.protobuf.Duration', duration],
  ['google.protobuf.FieldMask', fieldMask],
  ['google.protobuf.Struct', struct],
  ['google.protobuf.ListValue', listValue],
  ['google.protobuf.Value', value],
]);

/** `.25` as a billionth of a second each. */
function nanosOf(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.slice(1).padEnd(9, '0'));
}

/** Billionths as `.250`: with 0, 3, 6 or 9 digits. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  return `.${String(nanos)
    .padStart(9, '0')
    .replace(/(000){1,2}$/, '')}`;
}
