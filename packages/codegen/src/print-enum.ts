import type { EnumModel } from './model.js';
import { block, docComment } from './print.js';

/** Prints an enum: an object with its values, and their type, which also allows unknown numbers. */
export function printEnum({ name, comment, deprecated, values }: EnumModel): string[] {
  const members = values.flatMap((value) => [
    ...docComment(value.comment, value.deprecated),
    `${value.name}: ${value.value},`,
  ]);
  const numbers = [...new Set(values.map(({ value }) => value))].join(' | ');
  return [
    ...docComment(comment, deprecated),
    ...block(`export const ${name} = {`, members, '} as const;'),
    '',
    `/** One of {@link ${name}}, or the number of a value that this code does not know. */`,
    `export type ${name} = ${numbers} | (number & {});`,
  ];
}
