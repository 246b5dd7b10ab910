/** JSON that does not fit the message it is for. Its message begins with where: `point.latitude must be ...`. */
export class JsonError extends Error {
  override readonly name = 'JsonError';

  constructor(path: string, expected: string, value: unknown) {
    super(`${path === '' ? '' : `${path} `}must be ${expected}, is ${shown(value)}`);
  }
}

/** The path of a field within what `path` is the path of; the message itself has none. */
export function pathOf(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** @throws JsonError unless the value is a JSON object. */
export function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new JsonError(path, 'an object', value);
  return value as Record<string, unknown>;
}
