import type { FileDescriptor } from './descriptors.js';
import { Imports } from './imports.js';
import type { FileModel } from './model.js';
import { docComment, literal } from './print.js';
import { printEnum } from './print-enum.js';
import { printMessage } from './print-message.js';
import { printService } from './print-service.js';

/** The TypeScript of a .proto file. */
export function printFile(model: FileModel, descriptor: FileDescriptor, runtime: string): string {
  const { source, messages, enums, services, names } = model;
  const imports = new Imports(source.name, names);
  const parts = [
    ...enums.map(printEnum),
    ...messages.map((message) => printMessage(message, imports)),
    ...services.map((service) => printService(service, imports, names)),
  ];
  const dependencies = descriptor.dependencies.map((file) => imports.protoFile(file));
  const protoFile = [
    ...docComment(`\`${source.name}\`, described for reflection.`),
    'export const protoFile: rt.ProtoFile = {',
    `  name: ${literal(source.name)},`,
    `  descriptor: ${literal(Buffer.from(descriptor.bytes).toString('base64'))},`,
    `  dependencies: [${dependencies.join(', ')}],`,
    '};',
  ];
  const head = [
    `// Made by \`wherry gen\` from ${source.name}. Do not edit: change that, and make it again.`,
    '/* eslint-disable */',
    `import * as rt from ${literal(runtime)};`,
    ...imports.lines(),
  ];
  return `${[head, protoFile, ...parts].map((part) => part.join('\n')).join('\n\n')}\n`;
}
