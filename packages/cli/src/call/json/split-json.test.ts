import test from 'ava';
import fc from 'fast-check';
import { JsonSplitter, splitJson, splitJsonStream } from './split-json.js';

test('values follow one another on lines, over lines, and without anything between them', (t) => {
  t.deepEqual(splitJson('{"a":1}\n{"a":2}'), [{ a: 1 }, { a: 2 }]);
  t.deepEqual(splitJson('{\n  "a": [1,\n 2]\n}{"b":{}}  '), [{ a: [1, 2] }, { b: {} }]);
  t.deepEqual(splitJson(' "x" 1 true"y"[2]null'), ['x', 1, true, 'y', [2], null]);
  t.deepEqual(splitJson(' \n'), []);
});

test('brackets and quotes in strings end nothing', (t) => {
  const value = { '}{': 'say "}" \\', b: ']"' };
  t.deepEqual(splitJson(JSON.stringify(value).repeat(2)), [value, value]);
});

test('a value is given as soon as it is complete', (t) => {
  const splitter = new JsonSplitter();
  t.deepEqual(splitter.push('{"a":'), []);
  t.deepEqual(splitter.push('1}{"a"'), [{ a: 1 }]);
  t.deepEqual(splitter.push(':2}'), [{ a: 2 }]);
  t.deepEqual(splitter.end(), []);
});

test('any values, cut anywhere, come out as they were', async (t) => {
  const separators = fc.constantFrom(' ', '\n', '\r\n\t');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.jsonValue().filter(isExact), separators)),
      fc.integer({ min: 1, max: 7 }),
      async (items, size) => {
        const text = items.map(([value, separator]) => JSON.stringify(value) + separator).join('');
        const parts = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
        const values: unknown[] = [];
        for await (const value of splitJsonStream(stream(parts))) values.push(value);
        t.deepEqual(
          values,
          items.map(([value]) => JSON.parse(JSON.stringify(value))),
        );
      },
    ),
  );
});

test('what is wrong is told with the number of the message', (t) => {
  t.throws(() => splitJson('{} {x}'), { instanceOf: SyntaxError, message: /^message 2 is not JSON: / });
  t.throws(() => splitJson('{}, {}'), { instanceOf: SyntaxError, message: /^message 2 / });
  t.throws(() => splitJson('}'), { instanceOf: SyntaxError, message: /^message 1 / });
  t.throws(() => splitJson('{"a": 1'), { instanceOf: SyntaxError, message: /^message 1 / });
  t.throws(() => splitJson('"a'), { instanceOf: SyntaxError, message: /^message 1 / });
});

test('what is wrong is told with the line it begins on, where that is not the first', (t) => {
  t.throws(() => splitJson('{}\n\n {"a":\n}'), { message: /^message 2 \(line 3\) is not JSON: / });
  t.throws(() => splitJson('{"a":\n1}\n{x}'), { message: /^message 2 \(line 3\) is not JSON: / });
});

test('an integer that a JSON number cannot keep is refused', (t) => {
  const message = 'message 1: 9007199254740993 has more digits than a JSON number can keep; put it in quotes';
  t.throws(() => splitJson('{"a":[9007199254740993]}'), { instanceOf: RangeError, message });
  const kept = ['9007199254740992', '-1000000000000000000', '1.00000000000000001', '1e300', '"9007199254740993"'];
  t.is(splitJson(kept.join(' ')).length, kept.length);
});

test('a string of many megabytes is a value like any other', (t) => {
  const text = `${'a'.repeat(20_000_000)}${'\\n'.repeat(5_000_000)}`;
  t.deepEqual(splitJson(`{"a":"${text}"}`), [{ a: JSON.parse(`"${text}"`) }]);
});

test('a value of many parts costs no more for each than one of few', (t) => {
  const reads = (parts: number): number => {
    const splitter = new JsonSplitter();
    const part = `"${'x'.repeat(1000)}",`.repeat(16);
    splitter.push('{"a":[');
    const before = process.cpuUsage();
    for (let index = 0; index < parts; index++) splitter.push(part);
    const { user } = process.cpuUsage(before);
    t.is(splitter.push('1]}').length, 1);
    return user / parts;
  };
  reads(50);
  const few = reads(50);
  t.true(reads(1600) < few * 8);
});

/** Whether it has no integer that may be too long. */
function isExact(value: unknown): boolean {
  return !/\d{16}/.test(JSON.stringify(value));
}

async function* stream(parts: readonly string[]): AsyncGenerator<string> {
  yield* parts;
}
