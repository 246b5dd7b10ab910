import type { Imports } from './imports.js';
import type { FieldModel, MessageModel, OneofModel, TypeName, ValueModel } from './model.js';
import { block, docComment, indent, literal } from './print.js';

/** Prints a message: its type, its codec, and the functions that the codec uses. */
export function printMessage(message: MessageModel, imports: Imports): string[] {
  const printer = new MessagePrinter(message, imports);
  return [
    ...printer.type(),
    '',
    ...printer.codec(),
    '',
    ...printer.empty(),
    '',
    ...printer.create(),
    '',
    ...printer.write(),
    '',
    ...printer.read(),
  ];
}

/** A field, and its oneof if it has one. */
interface OwnedField {
  readonly field: FieldModel;
  readonly oneof: OneofModel | undefined;
}

class MessagePrinter {
  readonly #name: string;
  readonly #members: MessageModel['members'];
  /** Sorted by number, the order in which they are encoded. */
  readonly #fields: readonly OwnedField[];

  constructor(
    private readonly message: MessageModel,
    private readonly imports: Imports,
  ) {
    this.#name = message.name;
    this.#members = message.members;
    this.#fields = message.members
      .flatMap((member): OwnedField[] =>
        member.kind === 'oneof'
          ? member.fields.map((field) => ({ field, oneof: member }))
          : [{ field: member, oneof: undefined }],
      )
      .sort((one, other) => one.field.number - other.field.number);
  }

  type(): string[] {
    const { comment, deprecated } = this.message;
    const lines = this.#members.flatMap((member) => [
      ...docComment(member.comment, member.deprecated),
      ...(member.kind === 'oneof' ? this.#oneofType(member) : [this.#fieldType(member)]),
    ]);
    return [...docComment(comment, deprecated), ...block(`export interface ${this.#name} {`, lines)];
  }

  #fieldType({ name, shape, value, key }: FieldModel): string {
    const type = this.#valueType(value);
    switch (shape) {
      case 'singular':
        return `${name}: ${type};`;
      case 'optional':
        return `${name}?: ${type} | undefined;`;
      case 'repeated':
        return `${name}: ${type}[];`;
      case 'map':
        return `${name}: Record<${key?.scalar.type === 'number' ? 'number' : 'string'}, ${type}>;`;
    }
  }

  #oneofType({ name, fields }: OneofModel): string[] {
    const cases = fields.flatMap((field) => {
      const comment = docComment(field.comment, field.deprecated);
      return [...comment, `| { case: ${literal(field.name)}; value: ${this.#valueType(field.value)} }`];
    });
    return [`${name}:`, ...indent([...cases, '| { case: undefined; value?: undefined };'])];
  }

  #valueType(value: ValueModel): string {
    if (value.kind === 'message') return this.imports.type(value.type);
    return value.enum === undefined ? value.scalar.type : this.imports.type(value.enum);
  }

  codec(): string[] {
    const { fullName } = this.message;
    const name = this.#name;
    const functions = `create${name}, write${name}, read${name}`;
    return [
      `/** The codec of \`${fullName}\`. */`,
      `export const ${name}: rt.MessageType<${name}> = rt.messageType(${literal(fullName)}, ${functions});`,
    ];
  }

  empty(): string[] {
    const lines = this.#members.map((member) => {
      if (member.kind === 'oneof') return `${member.name}: { case: undefined },`;
      const { name, shape, value } = member;
      if (shape === 'optional') return `${name}: undefined,`;
      if (shape === 'repeated') return `${name}: [],`;
      if (shape === 'map') return `${name}: {},`;
      return `${name}: ${value.kind === 'scalar' ? value.scalar.zero : 'undefined'},`;
    });
    return block(`function empty${this.#name}(): ${this.#name} {`, block('return {', lines, '};'));
  }

  create(): string[] {
    const lines = this.#members.flatMap((member) =>
      member.kind === 'oneof' ? this.#createOneof(member) : [this.#createField(member)],
    );
    const name = this.#name;
    return block(`function create${name}(init: rt.Init<${name}> = {}): ${name} {`, [
      ...(lines.length === 0 ? ['void init;'] : []),
      `const m = empty${name}();`,
      ...lines,
      'return m;',
    ]);
  }

  #createField({ name, shape, value }: FieldModel): string {
    const create = value.kind === 'message' ? this.#function('create', value.type) : undefined;
    const from = `init.${name}`;
    const head = `if (${from} !== undefined) m.${name} = `;
    if (shape === 'map') return `${head}rt.copyMap(${from}, (value) => ${create ? `${create}(value)` : 'value'});`;
    if (shape === 'repeated') return `${head}${create ? `${from}.map((value) => ${create}(value))` : `[...${from}]`};`;
    return `${head}${create ? `${create}(${from})` : from};`;
  }

  #createOneof({ name, fields }: OneofModel): string[] {
    const cases = fields.flatMap((field) => {
      const value =
        field.value.kind === 'message'
          ? `${this.#function('create', field.value.type)}(init.${name}.value)`
          : `init.${name}.value`;
      const label = literal(field.name);
      return [`case ${label}:`, ...indent([`m.${name} = { case: ${label}, value: ${value} };`, 'break;'])];
    });
    return block(`switch (init.${name}?.case) {`, cases);
  }

  write(): string[] {
    const lines: string[] = [];
    for (let at = 0; at < this.#fields.length; ) {
      const { field, oneof } = this.#fields[at] as OwnedField;
      at++;
      if (oneof === undefined) {
        lines.push(...this.#writeField(field));
        continue;
      }
      // Fields of one oneof with consecutive positions share a switch.
      const fields = [field];
      for (; this.#fields[at]?.oneof === oneof; at++) fields.push((this.#fields[at] as OwnedField).field);
      lines.push(...this.#writeOneof(oneof, fields));
    }
    const name = this.#name;
    return block(`function write${name}(m: rt.Init<${name}>, w: rt.Writer): rt.Writer {`, [
      ...(lines.length === 0 ? ['void m;'] : []),
      ...lines,
      'return w;',
    ]);
  }

  #writeOneof({ name }: OneofModel, fields: readonly FieldModel[]): string[] {
    const cases = fields.flatMap((field) => [
      `case ${literal(field.name)}:`,
      ...indent([`${this.#writeValue(field, field.value, 'w', `m.${name}.value`)};`, 'break;']),
    ]);
    return block(`switch (m.${name}?.case) {`, cases);
  }

  #writeField(field: FieldModel): string[] {
    const { name, shape, value } = field;
    const from = `m.${name}`;
    if (shape === 'map') return this.#writeMap(field);
    if (shape === 'optional') {
      return [`if (${from} !== undefined) ${this.#writeValue(field, value, 'w', from)};`];
    }
    if (shape === 'singular') {
      const isSet = value.kind === 'scalar' ? value.scalar.isSet(from) : `${from} !== undefined`;
      return [`if (${isSet}) ${this.#writeValue(field, value, 'w', from)};`];
    }
    if (!field.packed || value.kind === 'message') {
      const each = `for (const value of ${from}) ${this.#writeValue(field, value, 'w', 'value')};`;
      return block(`if (${from} !== undefined) {`, [each]);
    }
    return block(`if (${from} !== undefined && ${from}.length > 0) {`, [
      `w.uint32(${tagOf(field.number, 2)}).fork();`,
      `for (const value of ${from}) ${value.scalar.write('w', 'value')};`,
      'w.ldelim();',
    ]);
  }

  #writeMap({ name, number, value, key }: FieldModel): string[] {
    if (key === undefined) throw new Error(`${name} has no key`);
    const { protoType } = key;
    const text = 'key';
    const asKey =
      protoType === 'string'
        ? text
        : protoType === 'bool'
          ? `${text} === 'true'`
          : protoType.endsWith('64')
            ? `BigInt(${text})`
            : `Number(${text})`;
    const entry = block(`for (const [key, value] of Object.entries(m.${name})) {`, [
      'if (value === undefined) continue;',
      `w.uint32(${tagOf(number, 2)}).fork();`,
      `${key.scalar.write(`w.uint32(${tagOf(1, key.scalar.wireType)})`, asKey)};`,
      `${this.#writeValue({ number: 2 }, value, 'w', 'value')};`,
      'w.ldelim();',
    ]);
    return block(`if (m.${name} !== undefined) {`, entry);
  }

  /** Code that writes a tag and a value. */
  #writeValue({ number }: { number: number }, value: ValueModel, writer: string, from: string): string {
    if (value.kind === 'scalar') {
      return value.scalar.write(`${writer}.uint32(${tagOf(number, value.scalar.wireType)})`, from);
    }
    const write = this.#function('write', value.type);
    return `${write}(${from}, ${writer}.uint32(${tagOf(number, 2)}).fork()).ldelim()`;
  }

  read(): string[] {
    const cases = this.#fields.flatMap(({ field, oneof }) => this.#readField(field, oneof));
    const name = this.#name;
    const body =
      cases.length === 0
        ? ['while (r.pos < end) r.skip(r.uint32());']
        : block('while (r.pos < end) {', [
            'const tag = r.uint32();',
            ...block('switch (tag) {', [...cases, 'default:', ...indent(['r.skip(tag);'])]),
          ]);
    return block(`function read${name}(r: rt.Reader, end: number, m = empty${name}()): ${name} {`, [
      ...body,
      'if (r.pos !== end) r.ended(end);',
      'return m;',
    ]);
  }

  #readField(field: FieldModel, oneof: OneofModel | undefined): string[] {
    const { number, shape, value } = field;
    if (shape === 'map') return this.#readMap(field);
    if (shape === 'repeated') return this.#readRepeated(field);
    const wireType = value.kind === 'scalar' ? value.scalar.wireType : 2;
    const into = oneof === undefined ? `m.${field.name}` : `m.${oneof.name}`;
    const label = literal(field.name);
    const before = oneof === undefined ? into : `${into}.case === ${label} ? ${into}.value : undefined`;
    const read = this.#readValue(value, 'end', before);
    return [
      `case ${tagOf(number, wireType)}:`,
      ...indent([`${into} = ${oneof === undefined ? read : `{ case: ${label}, value: ${read} }`};`, 'break;']),
    ];
  }

  #readRepeated({ name, number, value }: FieldModel): string[] {
    const push = `m.${name}.push(${this.#readValue(value, 'end')});`;
    if (value.kind === 'message' || value.scalar.wireType === 2) {
      return [`case ${tagOf(number, 2)}:`, ...indent([push, 'break;'])];
    }
    // A reader must accept packed and unpacked fields, whichever form the .proto file declares.
    return [
      `case ${tagOf(number, value.scalar.wireType)}:`,
      ...indent([push, 'break;']),
      ...block(`case ${tagOf(number, 2)}: {`, [
        'const to = r.endOf(end);',
        `while (r.pos < to) ${push}`,
        'r.ended(to);',
        'break;',
      ]),
    ];
  }

  #readMap({ name, number, value, key }: FieldModel): string[] {
    if (key === undefined) throw new Error(`${name} has no key`);
    const plain = key.scalar.type === 'string' || key.scalar.type === 'number';
    const type = this.#valueType(value);
    const first =
      value.kind === 'scalar' ? `let value: ${type} = ${value.scalar.zero};` : `let value: ${type} | undefined;`;
    const wireType = value.kind === 'scalar' ? value.scalar.wireType : 2;
    const made = value.kind === 'scalar' ? 'value' : `value ?? ${this.#function('create', value.type)}()`;
    return block(`case ${tagOf(number, 2)}: {`, [
      'const to = r.endOf(end);',
      `let key = ${key.scalar.zero};`,
      first,
      ...block('while (r.pos < to) {', [
        'const part = r.uint32();',
        `if (part === ${tagOf(1, key.scalar.wireType)}) key = ${key.scalar.read};`,
        `else if (part === ${tagOf(2, wireType)}) value = ${this.#readValue(value, 'to', 'value')};`,
        'else r.skip(part);',
      ]),
      'r.ended(to);',
      `rt.setEntry(m.${name}, ${plain ? 'key' : 'String(key)'}, ${made});`,
      'break;',
    ]);
  }

  /**
   * Code that reads a value.
   *
   * @param before an expression for the present value. A message field that comes twice is merged into it.
   */
  #readValue(value: ValueModel, end: string, before?: string): string {
    if (value.kind === 'scalar') return value.scalar.read;
    const read = this.#function('read', value.type);
    return `${read}(r, r.endOf(${end})${before === undefined ? '' : `, ${before}`})`;
  }

  #function(what: 'create' | 'write' | 'read', type: TypeName): string {
    return this.imports.isLocal(type) ? `${what}${type.name}` : `${this.imports.codec(type)}.${what}`;
  }
}

function tagOf(number: number, wireType: number): number {
  return ((number << 3) | wireType) >>> 0;
}
