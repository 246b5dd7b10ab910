/** `foo_bar` as protobuf's JSON has it: `fooBar`. */
export function lowerCamel(name: string): string {
  const camel = name.replace(/_+([a-zA-Z0-9]?)/g, (_all, next: string, at: number) =>
    at === 0 ? next : next.toUpperCase(),
  );
  return /^\d/.test(camel) ? `_${camel}` : camel;
}

/** A type's name as TypeScript has it: `Foo_bar` and `foo_bar` are `FooBar`. */
export function pascal(name: string): string {
  const camel = name.replace(/(?:^|_+)([a-zA-Z0-9]?)/g, (_all, next: string) => next.toUpperCase());
  return /^\d/.test(camel) ? `_${camel}` : camel;
}

/** `GetFeature` as the name of a function: `getFeature`. */
export function methodName(name: string): string {
  const camel = lowerCamel(name);
  return camel.charAt(0).toLowerCase() + camel.slice(1);
}

/** Names that generated code uses, as it uses them. */
const takenTypes = [
  'Array',
  'AsyncIterable',
  'BigInt',
  'Error',
  'Iterable',
  'Number',
  'Object',
  'Promise',
  'Record',
  'String',
  'Uint8Array',
];

/** What every object has: a field of such a name would hide it, or be refused. */
const takenProperties = new Set(['__proto__', 'constructor', 'toString', 'toJSON', 'valueOf', 'hasOwnProperty']);

/** What a client has beside the methods of its service; `then` would make it a promise. */
const takenMethods = new Set([...takenProperties, 'channel', 'close', 'then']);

/** The names of one scope. A name that is taken gets a `$` behind it. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  static ofTypes(): Names {
    return new Names(takenTypes);
  }

  static ofProperties(): Names {
    return new Names(takenProperties);
  }

  static ofMethods(): Names {
    return new Names(takenMethods);
  }

  take(wanted: string): string {
    let name = wanted;
    while (this.#taken.has(name)) name += '$';
    this.#taken.add(name);
    return name;
  }
}

/**
 * The names of an enum's values: without the enum's own name before each, as the style guide has it (`COLOR_RED` of
 * `Color` is `RED`), where all have it and a name remains.
 */
export function enumValueNames(enumName: string, values: readonly string[]): Map<string, string> {
  const prefix = `${enumName
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toUpperCase()}_`;
  const all = values.every((name) => name.startsWith(prefix) && /^[A-Za-z]/.test(name.slice(prefix.length)));
  return new Map(values.map((name) => [name, all ? name.slice(prefix.length) : name]));
}
