import { join } from 'node:path';
import { type GoProgram, serversHome } from '@wherry/tools/local';

export const natsServer: GoProgram = {
  name: 'nats-server',
  module: 'github.com/nats-io/nats-server/v2',
  version: 'v2.12.2',
  folder: '.',
  takes: 'about a minute',
};

/** Where it is once it is built. */
export function natsServerProgram(): string {
  return join(serversHome(), `${natsServer.name}-${natsServer.version}`);
}
