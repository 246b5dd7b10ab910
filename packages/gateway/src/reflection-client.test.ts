import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Channel,
  credentials,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import test, { type ExecutionContext } from 'ava';
import { reflect } from './reflection-client.js';

const WITHIN_MS = 10_000;
const all = (): boolean => true;

const first = `
syntax = "proto3";
package a;
import "second.proto";
service First { rpc Get(b.Question) returns (b.Answer); }
service Second { rpc Get(b.Question) returns (b.Answer); }
`;
const second = `
syntax = "proto3";
package b;
import "google/protobuf/timestamp.proto";
message Question {}
message Answer { google.protobuf.Timestamp at = 1; }
`;

/** Two services in a file that imports another, which imports one of protobuf's own. */
function loadTwoServices(): PackageDefinition {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-reflection-'));
  try {
    writeFileSync(join(folder, 'first.proto'), first);
    writeFileSync(join(folder, 'second.proto'), second);
    return loadSync('first.proto', { includeDirs: [folder] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A server that reflects by these versions, and a channel to it. */
async function reflecting(t: ExecutionContext, versions: readonly string[]): Promise<Channel> {
  t.timeout(WITHIN_MS * 2);
  const server = new Server();
  new ReflectionService(loadTwoServices()).addToServer({
    addService(service: ServiceDefinition, implementation: never) {
      const path = Object.values(service)[0]?.path ?? '';
      if (versions.some((version) => path.startsWith(`/grpc.reflection.${version}.`))) {
        server.addService(service, implementation);
      }
    },
  } as unknown as Server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const channel = new Channel(`127.0.0.1:${port}`, credentials.createInsecure(), {});
  t.teardown(() => {
    channel.close();
    server.forceShutdown();
  });
  return channel;
}

function namesOf(files: readonly Uint8Array[]): string[] {
  const { deserialize } = loadSync('google/protobuf/descriptor.proto')[
    'google.protobuf.FileDescriptorProto'
  ] as MessageTypeDefinition<object, object>;
  return files.map((bytes) => (deserialize(Buffer.from(bytes)) as { name: string }).name);
}

for (const versions of [['v1', 'v1alpha'], ['v1'], ['v1alpha']]) {
  test(`a server that reflects by ${versions.join(' and ')} tells its services and all their files`, async (t) => {
    const channel = await reflecting(t, versions);
    const services = await reflect(channel, { services: all, deadline: Date.now() + WITHIN_MS });
    t.deepEqual(services.map(({ name }) => name).sort(), ['a.First', 'a.Second']);
    // The loader names files for their packages.
    for (const { fileDescriptors } of services) {
      t.deepEqual(namesOf(fileDescriptors).sort(), ['a.proto', 'b.proto', 'google_protobuf.proto']);
    }
  });
}

test('only those that are asked for are told, and one that is not there has no files', async (t) => {
  const channel = await reflecting(t, ['v1']);
  const deadline = Date.now() + WITHIN_MS;
  const some = await reflect(channel, { services: (name) => name.endsWith('Second'), deadline });
  t.deepEqual(
    some.map(({ name }) => name),
    ['a.Second'],
  );
  const [first, missing] = await reflect(channel, { services: ['a.First', 'a.Missing'], deadline });
  t.true((first?.fileDescriptors.length ?? 0) > 0);
  t.deepEqual(missing, { name: 'a.Missing', fileDescriptors: [] });
});

test('a server without reflection is UNIMPLEMENTED, one that is not there UNAVAILABLE', async (t) => {
  const channel = await reflecting(t, []);
  const query = { services: all, deadline: Date.now() + WITHIN_MS };
  t.is((await t.throwsAsync<ServiceError>(reflect(channel, query)))?.code, status.UNIMPLEMENTED);
  const nowhere = new Channel('127.0.0.1:1', credentials.createInsecure(), {});
  t.teardown(() => nowhere.close());
  t.is((await t.throwsAsync<ServiceError>(reflect(nowhere, query)))?.code, status.UNAVAILABLE);
});
