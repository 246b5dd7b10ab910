import type { EnumModel } from './model.js';
import { block, docComment } from './print.js';

/** An enum: its values as an object, and the type of them. A number that is not known stays what it is. */
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
