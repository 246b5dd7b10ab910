import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileDescriptors } from '@wherry/codegen/runtime';
import protobuf from 'protobufjs';
import { Order, protoFile, Status } from '../gen/order.js';
import type { Contestant } from './measure.js';

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
export function contestants(proto: string): Contestant[] {
  return [generated(), reflection(proto), loader(proto), bufbuild()];
}

function generated(): Contestant {
  return {
    name: '@wherry/codegen',
    encode: () => Order.encode(order),
    decode: (bytes) => Order.decode(bytes),
  };
}

/** protobufjs compiles at run time what pbjs writes to a file as static code. */
function reflection(proto: string): Contestant {
  const type = protobuf.loadSync(proto).lookupType('wherry.bench.v1.Order');
  const message = type.decode(Order.encode(order));
  return {
    name: 'protobufjs',
    encode: () => type.encode(message).finish(),
    decode: (bytes) => type.decode(bytes),
  };
}

/** As a stub made by proto-loader does it: with objects of its own form. */
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
