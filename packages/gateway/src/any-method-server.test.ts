import {
  Client,
  credentials,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import test from 'ava';
import { serverForAnyMethod } from './any-method-server.js';

const identity = (bytes: Buffer): Buffer => bytes;

const method = (path: string) => ({
  path,
  requestStream: false as const,
  responseStream: false as const,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
});

const service: ServiceDefinition = { known: method('/own.Service/Known'), lacking: method('/own.Service/Lacking') };

test('services that were added keep their handlers, and all other methods go to the one', async (t) => {
  t.timeout(20_000);
  const others: string[] = [];
  const server = serverForAnyMethod(
    (path, call) => {
      others.push(path);
      call.start({
        onReceiveMetadata: () => call.startRead(),
        onReceiveMessage: (bytes: Buffer) =>
          call.sendMessage(Buffer.concat([Buffer.from('any '), bytes]), () => call.startRead()),
        onReceiveHalfClose: () => call.sendStatus({ code: status.OK, details: 'OK' }),
        onCancel: () => {},
      });
    },
    { maxReceiveMessageLength: 100, maxSendMessageLength: 100 },
  );
  server.addService(service, {
    known: (call: { request: Buffer }, callback: (error: null, reply: Buffer) => void) =>
      callback(null, Buffer.concat([Buffer.from('own '), call.request])),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  t.teardown(() => server.forceShutdown());
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  t.teardown(() => client.close());
  const call = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, identity, identity, Buffer.from('x'), (error, reply) =>
        error ? reject(error) : resolve(String(reply)),
      );
    });
  t.is(await call('/own.Service/Known'), 'own x');
  t.is(await call('/other.Service/Method'), 'any x');
  t.is(await call('/own.Service/Unknown'), 'any x');
  const error = await t.throwsAsync<ServiceError>(call('/own.Service/Lacking'));
  t.is(error?.code, status.UNIMPLEMENTED);
  // After it was bound, too.
  server.addService(
    { late: method('/late.Service/Late') },
    { late: (_call: unknown, callback: (error: null, reply: Buffer) => void) => callback(null, Buffer.from('late')) },
  );
  t.is(await call('/late.Service/Late'), 'late');
  t.throws(() => server.addService(service, {}), { message: /already provided/ });
  t.deepEqual(others, ['/other.Service/Method', '/own.Service/Unknown']);
});
