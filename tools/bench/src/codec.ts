import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileDescriptors } from '@wherry/codegen/runtime';
import protobuf from 'protobufjs';
import { Order, protoFile, Status } from './gen/order.js';

const HELP = `Measures how fast generated code and other codecs encode and decode messages. Each codec runs in its own process.

  npm run bench:codec -- [--rounds N]

  --rounds  how many times each is measured; 7 by default
  --help    this text

Prints microseconds of CPU time for a message, in the fastest round, and the ratio to generated code (above 1: slower).`;

const proto = fileURLToPath(new URL('../proto/order.proto', import.meta.url));

/** A codec that encodes and decodes one and the same message. */
interface Contestant {
  readonly name: string;
  encode(): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/** Microseconds of CPU time for one message. */
interface CodecResult {
  readonly name: string;
  readonly bytes: number;
  readonly encodeUs: number;
  readonly decodeUs: number;
}

const WARM_UP = 200_000;
const MESSAGES = 100_000;

/** The fastest of so many rounds: other work of the machine only ever makes a round slower. */
function measureCodec(contestant: Contestant, bytes: Uint8Array, rounds: number): CodecResult {
  if (Buffer.compare(contestant.encode(), bytes) !== 0) throw new Error(`${contestant.name} writes other bytes`);
  return {
    name: contestant.name,
    bytes: bytes.length,
    encodeUs: fastest(() => contestant.encode(), rounds),
    decodeUs: fastest(() => contestant.decode(bytes), rounds),
  };
}

function fastest(run: () => unknown, rounds: number): number {
  // Kept until the end, so that V8 cannot leave out making the message.
  const kept: { message: unknown } = { message: undefined };
  const round = (messages: number): number => {
    const began = process.cpuUsage();
    for (let n = 0; n < messages; n++) kept.message = run();
    const { user, system } = process.cpuUsage(began);
    return (user + system) / messages;
  };
  round(WARM_UP);
  const us = Math.min(...Array.from({ length: rounds }, () => round(MESSAGES)));
  if (kept.message === undefined) throw new Error('the codec made nothing');
  return us;
}

const order: Order = Order.create({
  id: 'order-2024-11-25-000417',
  createdAtMs: 1_732_550_400_123n,
  customer: { name: 'Augusta Ada King', email: 'ada.lovelace@analytical.example', number: 1_815_1210 },
  lines: [
    { product: 'difference-engine', quantity: 1, price: 1_749_900n },
    { product: 'punched-cards, box of 500', quantity: 12, price: 4_250n },
    { product: 'brass gear, 60 teeth', quantity: 240, price: 799n },
  ],
  labels: { channel: 'web', region: 'eu-west', priority: 'high' },
  paid: true,
  discount: 0.125,
  status: Status.OPEN,
  warehouseIds: [3, 17, 260],
  signature: Uint8Array.from({ length: 32 }, (_, at) => (at * 37) % 256),
  delivery: { case: 'address', value: { street: "12 St James's Square", city: 'London', country: 'GB' } },
});

/** Codecs of the same message; the first is generated code. */
function contestants(proto: string): Contestant[] {
  return [generated(), reflection(proto), loader(proto), bufbuild()];
}

function generated(): Contestant {
  return {
    name: '@wherry/codegen',
    encode: () => Order.encode(order),
    decode: (bytes) => Order.decode(bytes),
  };
}

/** protobufjs compiles at run time the code that pbjs would write to a file. */
function reflection(proto: string): Contestant {
  const type = protobuf.loadSync(proto).lookupType('wherry.bench.v1.Order');
  const message = type.decode(Order.encode(order));
  return {
    name: 'protobufjs',
    encode: () => type.encode(message).finish(),
    decode: (bytes) => type.decode(bytes),
  };
}

/** As in a stub of proto-loader: with objects of its own form. */
function loader(proto: string): Contestant {
  const service = loadSync(proto, { defaults: true, longs: String })['wherry.bench.v1.Orders'] as ServiceDefinition;
  const { requestSerialize, requestDeserialize } = service['Put'] as ServiceDefinition[string];
  const message = requestDeserialize(Order.encode(order));
  return {
    name: '@grpc/proto-loader',
    encode: () => requestSerialize(message),
    decode: (bytes) => requestDeserialize(bytes as Buffer),
  };
}

function bufbuild(): Contestant {
  const file = fileDescriptors(protoFile).map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  const schema = createFileRegistry(create(FileDescriptorSetSchema, { file })).getMessage('wherry.bench.v1.Order');
  if (schema === undefined) throw new Error('the descriptors lack the message');
  const message = fromBinary(schema, Order.encode(order));
  return {
    name: '@bufbuild/protobuf',
    encode: () => toBinary(schema, message),
    decode: (bytes) => fromBinary(schema, bytes),
  };
}

function main(): void {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      // Only for the processes that this one starts.
      one: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new TypeError(`--rounds is ${values.rounds}; it must be 1 or more`);
  if (values.one === undefined) printTable(contestants(proto).map((_one, at) => inProcess(at, rounds)));
  else console.log(JSON.stringify(measureOne(Number(values.one), rounds)));
}

function measureOne(at: number, rounds: number): CodecResult {
  const all = contestants(proto);
  const [first] = all;
  const one = all[at];
  if (first === undefined || one === undefined) throw new TypeError(`--one is ${at}; there are ${all.length}`);
  return measureCodec(one, first.encode(), rounds);
}

/** So that the compiler's assumptions about one codec do not slow down the next. */
function inProcess(at: number, rounds: number): CodecResult {
  const script = fileURLToPath(import.meta.url);
  const out = execFileSync(process.execPath, [script, '--one', String(at), '--rounds', String(rounds)], {
    encoding: 'utf8',
  });
  return JSON.parse(out) as CodecResult;
}

function printTable(results: readonly CodecResult[]): void {
  const [first] = results;
  if (first === undefined) return;
  const column = (us: number, base: number): string =>
    `${us.toFixed(2).padStart(6)} us ${(us / base).toFixed(2).padStart(5)} x`;
  console.log(`a message of ${first.bytes} bytes, Node ${process.versions.node}\n`);
  console.log(`${'codec'.padEnd(24)}${'encode'.padStart(17)}${'decode'.padStart(19)}`);
  for (const { name, encodeUs, decodeUs } of results) {
    console.log(`${name.padEnd(24)}${column(encodeUs, first.encodeUs)}  ${column(decodeUs, first.decodeUs)}`);
  }
}

main();
