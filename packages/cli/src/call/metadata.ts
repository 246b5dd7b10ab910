import { Metadata, type MetadataValue } from '@grpc/grpc-js';

/**
 * Adds one `key=value` of `--metadata` to the earlier ones. The value of a key that ends in `-bin` is base64.
 *
 * @throws RangeError that says which form is right.
 */
export function addMetadata(text: string, before: Metadata = new Metadata()): Metadata {
  return add(text, '=', 'key=value', before);
}

/**
 * Does the same for one `name: value` of `--header`.
 *
 * @throws RangeError that says which form is right.
 */
export function addHeader(text: string, before: Metadata = new Metadata()): Metadata {
  return add(text, ':', '"name: value"', before);
}

function add(text: string, separator: string, form: string, before: Metadata): Metadata {
  const at = text.indexOf(separator);
  if (at < 1) throw new RangeError(`${JSON.stringify(text)} is not ${form}`);
  const key = text.slice(0, at).trim().toLowerCase();
  const value = separator === ':' ? text.slice(at + 1).trim() : text.slice(at + 1);
  const isBinary = key.endsWith('-bin');
  if (isBinary && !/^[\w+/-]*={0,2}$/.test(value)) {
    throw new RangeError(`${JSON.stringify(value)} is not base64, as the value of a key that ends in -bin must be`);
  }
  try {
    before.add(key, isBinary ? Buffer.from(value, 'base64') : value);
  } catch (error) {
    throw new RangeError((error as Error).message, { cause: error });
  }
  return before;
}

/** Converts metadata to an object with the values of each key. Bytes become base64. */
export function metadataJson(metadata: Metadata): Record<string, string[]> {
  const shown = (value: MetadataValue): string => (typeof value === 'string' ? value : value.toString('base64'));
  return Object.fromEntries(Object.keys(metadata.getMap()).map((key) => [key, metadata.get(key).map(shown)]));
}
