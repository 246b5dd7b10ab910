import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A rule that lets a user do something. */
export interface Acl {
  readonly user: string;
  readonly operation: Operation;
  readonly resource: Resource;
}

/** One resource by its name or, with `prefix`, all whose names begin with it. */
export type Resource = { readonly kind: 'topic' | 'group' } & ({ readonly name: string } | { readonly prefix: string });

/** Numbers of the Kafka protocol, from org.apache.kafka.common.acl and .resource. */
const operations = { Read: 3, Write: 4, Create: 5, Delete: 6, Describe: 8 } as const;
const kinds = { topic: 2, group: 3 } as const;
const LITERAL = 3;
const PREFIXED = 4;
const ALLOW = 3;

export type Operation = keyof typeof operations;

/** The requests of the Kafka protocol that this file uses: key and version. */
const requests = {
  saslHandshake: [17, 1],
  describeAcls: [29, 1],
  createAcls: [30, 1],
  deleteAcls: [31, 1],
  saslAuthenticate: [36, 0],
} as const;

/** How often a broker is asked whether it follows a change. Kafka has no event for it. */
const LOOK_PAUSE_MS = 10;

/**
 * Gives rights in a Kafka, and takes them away, over one connection. Kafka's own command does the same, but takes seconds each time, and
 * node-rdkafka has no requests for ACLs.
 */
export class AclClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #received = Buffer.alloc(0);
  #lastId = 0;

  /** Connects as a user of SASL's mechanism PLAIN. */
  static async open(broker: string, user: string, password: string): Promise<AclClient> {
    const [host, port] = broker.split(':');
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    const client = new AclClient(socket);
    (await client.#ask('saslHandshake', text('PLAIN'))).expectNoError('choosing PLAIN');
    const login = Buffer.from(`\0${user}\0${password}`);
    (await client.#ask('saslAuthenticate', Buffer.concat([int32(login.length), login]))).expectNoError('logging in');
    return client;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data) => this.#onData(data));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the broker closed the connection'));
      this.#waiting.clear();
    });
  }

  /** Gives rights. Settles when the broker grants them. */
  async give(acls: readonly Acl[]): Promise<void> {
    const answer = await this.#ask('createAcls', array(acls.map(encode)));
    answer.int32(); // throttle time
    for (let count = answer.int32(); count > 0; count--) answer.expectNoError('giving a right');
    await this.#follows(acls, true);
  }

  /** Takes rights away. Settles when the broker refuses them. */
  async take(acls: readonly Acl[]): Promise<void> {
    const answer = await this.#ask('deleteAcls', array(acls.map(encode)));
    answer.int32(); // throttle time
    if (answer.int32() > 0) answer.expectNoError('taking a right');
    await this.#follows(acls, false);
  }

  /** The controller decides on rules. A broker follows a moment later. */
  async #follows(acls: readonly Acl[], given: boolean): Promise<void> {
    for (const acl of acls) {
      while ((await this.#has(acl)) !== given) await pause(LOOK_PAUSE_MS);
    }
  }

  async #has(acl: Acl): Promise<boolean> {
    const answer = await this.#ask('describeAcls', encode(acl));
    answer.int32(); // throttle time
    answer.expectNoError('looking for a right');
    return answer.int32() > 0;
  }

  #ask(name: keyof typeof requests, body: Buffer): Promise<Answer> {
    const [key, version] = requests[name];
    const id = ++this.#lastId;
    const request = Buffer.concat([int16(key), int16(version), int32(id), text('acl-client'), body]);
    this.#socket.write(Buffer.concat([int32(request.length), request]));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #onData(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0);
      if (this.#received.length < end) return;
      const answer = new Answer(this.#received.subarray(4, end));
      this.#received = this.#received.subarray(end);
      const id = answer.int32();
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.end();
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }
}

/** Reads the answer of a broker. */
class Answer {
  #at = 0;

  constructor(readonly bytes: Buffer) {}

  int32(): number {
    this.#at += 4;
    return this.bytes.readInt32BE(this.#at - 4);
  }

  #int16(): number {
    this.#at += 2;
    return this.bytes.readInt16BE(this.#at - 2);
  }

  /** Reads an error's code, and its text if it is an error. */
  expectNoError(doing: string): void {
    const code = this.#int16();
    if (code !== 0) throw new Error(`${doing}: Kafka's error ${code}`);
    this.#skipText();
  }

  #skipText(): void {
    const length = this.#int16();
    this.#at += Math.max(0, length);
  }
}

/** The form of a rule is also that of a filter for it. */
function encode({ user, operation, resource }: Acl): Buffer {
  const [name, pattern] = 'name' in resource ? [resource.name, LITERAL] : [resource.prefix, PREFIXED];
  return Buffer.concat([
    Buffer.of(kinds[resource.kind]),
    text(name),
    Buffer.of(pattern),
    text(`User:${user}`),
    text('*'),
    Buffer.of(operations[operation], ALLOW),
  ]);
}

function array(elements: readonly Buffer[]): Buffer {
  return Buffer.concat([int32(elements.length), ...elements]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
