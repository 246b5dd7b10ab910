export { type DescribeOptions, describe } from './describe.js';
export { type Generated, type GenerateOptions, generate } from './generate.js';
export { ProtoError } from './proto-error.js';
export type { Int64 } from './scalars.js';
export { writeGenerated } from './write-generated.js';
