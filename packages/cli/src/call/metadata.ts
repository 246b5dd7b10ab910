import { Metadata, type MetadataValue } from '@grpc/grpc-js';

/**
 * Adds one `key=value` of `--metadata` to those before it. The value of a key that ends in `-bin` is base64.
 *
 * @throws RangeError that says what would be right.
 */
export function addMetadata(text: string, before: Metadata = new Metadata()): Metadata {
  const at = text.indexOf('=');
  if (at < 1) throw new RangeError(`${JSON.stringify(text)} is not key=value`);
  const key = text.slice(0, at).trim().toLowerCase();
  const value = text.slice(at + 1);
  try {
    before.add(key, key.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  } catch (error) {
    throw new RangeError((error as Error).message, { cause: error });
  }
  return before;
}

/** Metadata as `key: value`, one each; bytes as base64. */
export function metadataLines(metadata: Metadata): string[] {
  const shown = (value: MetadataValue): string => (typeof value === 'string' ? value : value.toString('base64'));
  return Object.keys(metadata.getMap()).flatMap((key) => metadata.get(key).map((value) => `${key}: ${shown(value)}`));
}
