import { type DescField, type DescMessage, fromJson, type JsonValue, type Registry } from '@bufbuild/protobuf';

/**
 * Returns the path to the wrong part of JSON that does not fit a message: `items[2].price`; empty if the whole value is wrong. The
 * error of the library names only the type or field, which may be in many places.
 */
export function wrongPart(type: DescMessage, json: JsonValue, registry: Registry, path = ''): string {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return path;
  for (const [key, value] of Object.entries(json)) {
    const field = type.fields.find(({ name, jsonName }) => key === name || key === jsonName);
    const alone = { [key]: value };
    if (fits(type, alone, registry)) continue;
    const here = path === '' ? key : `${path}.${key}`;
    if (field === undefined) return here;
    for (const [at, part] of partsOf(field, value)) {
      const one = field.fieldKind === 'map' ? { [key]: { [at]: part } } : { [key]: [part] };
      if (fits(type, one, registry)) continue;
      return within(field, part, registry, `${here}[${field.fieldKind === 'map' ? JSON.stringify(at) : at}]`);
    }
    return field.fieldKind === 'message' ? within(field, value, registry, here) : here;
  }
  return path;
}

/** The entries of a list or a map. */
function partsOf({ fieldKind }: DescField, value: JsonValue): [string, JsonValue][] {
  const many = fieldKind === 'list' ? Array.isArray(value) : fieldKind === 'map' && !Array.isArray(value);
  return many && typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function within({ message }: DescField, value: JsonValue, registry: Registry, path: string): string {
  return message === undefined ? path : wrongPart(message, value, registry, path);
}

function fits(type: DescMessage, json: JsonValue, registry: Registry): boolean {
  try {
    fromJson(type, json, { registry });
    return true;
  } catch {
    return false;
  }
}
