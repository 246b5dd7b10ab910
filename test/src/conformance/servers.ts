import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { createEgress, createGateway, type Egress } from '@wherry/gateway';
import { newNamespace } from '../support/brokers.js';
import { conformanceHandlers } from './handlers.js';
import { ConformanceProtos, type ServerCompatRequest } from './service.js';

/** The largest request, in bytes, that the runner wants a server to take. */
const MAX_REQUEST_BYTES = 200 * 1024;

/**
 * The servers that a conformance runner wants. Each is a gateway of its own. They share Kafka, an egress, and grpc-js's server with the
 * conformance service, which are open before the runner starts: it waits for a server for 10 s at most.
 */
export class ServersUnderTest {
  readonly #protos: ConformanceProtos;
  readonly #kafka: Kafka;
  readonly #behind: Behind;
  readonly #listener = createServer((socket) => this.#open(socket));
  readonly #sockets = new Map<Socket, Promise<void>>();
  readonly #troubles: unknown[] = [];

  private constructor(protos: ConformanceProtos, kafka: Kafka, behind: Behind) {
    this.#protos = protos;
    this.#kafka = kafka;
    this.#behind = behind;
  }

  static async listen(brokers: string): Promise<ServersUnderTest> {
    const protos = new ConformanceProtos();
    const kafka = { brokers, namespace: newNamespace() };
    const servers = new ServersUnderTest(protos, kafka, await openBehind(protos, kafka));
    servers.#listener.listen(0, '127.0.0.1');
    await once(servers.#listener, 'listening');
    return servers;
  }

  /** The port for `server-under-test`. */
  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** @throws the first error of a server. */
  async close(): Promise<void> {
    this.#listener.close();
    for (const socket of this.#sockets.keys()) socket.destroy();
    await Promise.all(this.#sockets.values());
    await this.#behind.egress.close();
    this.#behind.server.forceShutdown();
    if (this.#troubles.length > 0) throw this.#troubles[0];
  }

  #open(socket: Socket): void {
    // What follows an error of the socket is its end.
    socket.on('error', () => undefined);
    const serving = this.#serve(socket)
      .catch((error: unknown) => {
        this.#troubles.push(error);
      })
      .finally(() => {
        socket.destroy();
        this.#sockets.delete(socket);
      });
    this.#sockets.set(socket, serving);
  }

  /** Serves until the socket ends. */
  async #serve(socket: Socket): Promise<void> {
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const request = this.#protos.readRequest(await readDelimited(socket));
    if (request.messageReceiveLimit !== MAX_REQUEST_BYTES) {
      throw new Error(
        `the conformance runner wants a limit of ${request.messageReceiveLimit} bytes, but its server has one of ${MAX_REQUEST_BYTES}`,
      );
    }
    socket.resume();
    const credentials = credentialsOf(request);
    await using gateway = await createGateway({ ...this.#kafka, listen: '127.0.0.1:0', credentials });
    const [host = '', port] = gateway.address.split(':');
    const certificate = request.useTls && request.serverCreds ? { pemCert: request.serverCreds.cert } : {};
    const response = this.#protos.writeResponse({ host, port: Number(port), ...certificate });
    const length = Buffer.alloc(4);
    length.writeUInt32BE(response.length);
    socket.write(Buffer.concat([length, response]));
    await ended;
  }
}

interface Kafka {
  readonly brokers: string;
  readonly namespace: string;
}

/** What is behind all gateways. */
interface Behind {
  readonly egress: Egress;
  readonly server: Server;
}

async function openBehind(protos: ConformanceProtos, kafka: Kafka): Promise<Behind> {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES });
  server.addService(protos.service, conformanceHandlers(protos));
  try {
    const target = `127.0.0.1:${await bind(server)}`;
    const services = ['connectrpc.conformance.v1.ConformanceService'];
    return { egress: await createEgress({ ...kafka, target, services }), server };
  } catch (error) {
    server.forceShutdown();
    throw error;
  }
}

/** Reads one message that follows its length, 4 bytes in big-endian order. */
async function readDelimited(socket: Socket): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const part of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, part]);
    if (bytes.length < 4) continue;
    const end = 4 + bytes.readUInt32BE(0);
    if (bytes.length >= end) return bytes.subarray(4, end);
  }
  throw new Error('the conformance runner ended before it said which server it wants');
}

function credentialsOf({ useTls, serverCreds, clientTlsCert }: ServerCompatRequest): ServerCredentials | undefined {
  if (!useTls) return undefined;
  if (serverCreds === null) throw new Error('the conformance runner wants TLS, and gave no certificate');
  const authenticates = clientTlsCert.length > 0;
  return ServerCredentials.createSsl(
    authenticates ? clientTlsCert : null,
    [{ cert_chain: serverCreds.cert, private_key: serverCreds.key }],
    authenticates,
  );
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}
