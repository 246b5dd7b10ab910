/** Converts `foo_bar` to `fooBar`, by the rules of protobuf's JSON. */
export function lowerCamel(name: string): string {
  const camel = name.replace(/_+([a-zA-Z0-9]?)/g, (_all, next: string, at: number) =>
    at === 0 ? next : next.toUpperCase(),
  );
  return /^\d/.test(camel) ? `_${camel}` : camel;
}

/** Converts the name of a type to PascalCase: `Foo_bar` and `foo_bar` become `FooBar`. */
export function pascal(name: string): string {
  const camel = name.replace(/(?:^|_+)([a-zA-Z0-9]?)/g, (_all, next: string) => next.toUpperCase());
  return /^\d/.test(camel) ? `_${camel}` : camel;
}

/** Converts the name of a method to that of a function: `GetFeature` becomes `getFeature`. */
export function methodName(name: string): string {
  const camel = lowerCamel(name);
  return camel.charAt(0).toLowerCase() + camel.slice(1);
}

/** Global names that generated code uses. A type must not hide them. */
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

/** Properties that every object has. A field must not hide them. */
const takenProperties = new Set(['__proto__', 'constructor', 'toString', 'toJSON', 'valueOf', 'hasOwnProperty']);

/** Other members of a client. A method `then` would make the client look like a promise. */
const takenMethods = new Set([...takenProperties, 'channel', 'close', 'then']);

/** The names of one scope. If a name is taken, `$` is added to it. */
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
 * The TypeScript names of an enum's values. protobuf's style guide puts the enum's name before each (`COLOR_RED` of `Color`). If all
 * values have this prefix and a name remains, the prefix is removed (`RED`).
 */
export function enumValueNames(enumName: string, values: readonly string[]): Map<string, string> {
  const prefix = `${enumName
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toUpperCase()}_`;
  const all = values.every((name) => name.startsWith(prefix) && /^[A-Za-z]/.test(name.slice(prefix.length)));
  return new Map(values.map((name) => [name, all ? name.slice(prefix.length) : name]));
}
