import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_NAMESPACE } from './options.js';

const protoFolder = fileURLToPath(new URL('../../proto', import.meta.url));

/** Returns commands for another terminal in the same folder. */
export function whatToTry(running: { brokers: string; address: string; namespace: string }): string[] {
  const { brokers, address, namespace } = running;
  const folder = relative(process.cwd(), protoFolder) || '.';
  const data = `'{"latitude":409146138,"longitude":-746188906}'`;
  const method = 'routeguide.RouteGuide/GetFeature';
  const named = namespace === DEFAULT_NAMESPACE ? '' : ` --namespace ${namespace}`;
  return [
    `grpcurl -plaintext -import-path ${folder} -proto route_guide.proto -d ${data} ${address} ${method}`,
    `npx wherry call ${method} --brokers ${brokers}${named} --proto ${folder}/route_guide.proto -d ${data}`,
  ];
}
