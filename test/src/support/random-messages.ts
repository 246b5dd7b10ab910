import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import fc, { type Arbitrary } from 'fast-check';

type Fields = Record<string, unknown>;

/**
 * Any message of a type that another implementation describes, as what generated code takes: fields may be left out, lists and
 * maps may be empty, numbers are often at their limits, and messages within it go a few levels deep.
 */
export function randomMessage(type: DescMessage, depth = 3): Arbitrary<Fields> {
  const parts: Record<string, Arbitrary<unknown>> = {};
  for (const member of type.members) {
    if (member.kind === 'oneof') {
      const cases = member.fields
        .filter((field) => depth > 0 || field.message === undefined)
        .map((field) => randomField(field, depth).map((value) => ({ case: field.localName, value })));
      if (cases.length > 0) parts[member.localName] = fc.oneof(...cases);
    } else if (depth > 0 || !hasMessages(member)) parts[member.localName] = randomField(member, depth);
  }
  // A Value of no kind is none, and becomes null.
  const requiredKeys = type.typeName === 'google.protobuf.Value' ? ['kind'] : [];
  return fc.record(parts, { requiredKeys, noNullPrototype: true });
}

function hasMessages(field: DescField): boolean {
  return field.message !== undefined;
}

function randomField(field: DescField, depth: number): Arbitrary<unknown> {
  if (field.fieldKind === 'list') return fc.array(randomValue(field, depth), { maxLength: 4 });
  if (field.fieldKind === 'map') {
    // Text is what the key of an object is anyway.
    const key = randomScalar(field.mapKey).map(String);
    return fc.dictionary(key, randomValue(field, depth), { maxKeys: 3, noNullPrototype: true });
  }
  return randomValue(field, depth);
}

function randomValue(field: DescField, depth: number): Arbitrary<unknown> {
  if (field.message !== undefined) return randomMessage(field.message, depth - 1);
  if (field.enum !== undefined) {
    const known = fc.constantFrom(...field.enum.values.map(({ number }) => number));
    // NullValue has one, and the other implementation knows no other.
    return field.enum.values.length === 1 ? known : fc.oneof(known, randomScalar(ScalarType.INT32));
  }
  const scalar = field.scalar === undefined ? fc.constant(undefined) : randomScalar(field.scalar);
  // The other implementation has bigint for JS_NUMBER.
  if (field.name === 'with_number') return fc.maxSafeInteger();
  return field.fieldKind === 'scalar' && field.longAsString ? scalar.map(String) : scalar;
}

function randomScalar(type: ScalarType): Arbitrary<unknown> {
  switch (type) {
    case ScalarType.DOUBLE:
      return fc.double();
    case ScalarType.FLOAT:
      return fc.float();
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.STRING:
      return fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '__proto__', 'constructor', 'x'.repeat(200)));
    case ScalarType.BYTES:
      return fc.uint8Array();
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.oneof(fc.nat(), fc.constantFrom(0, 1, 127, 128, 2 ** 32 - 1));
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.oneof(fc.integer(), fc.constantFrom(0, -1, -(2 ** 31), 2 ** 31 - 1));
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.constantFrom(0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n));
    default:
      return fc.oneof(
        fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        fc.constantFrom(0n, -1n, 2n ** 31n, -(2n ** 32n), 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n),
      );
  }
}
