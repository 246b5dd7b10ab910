import { fileURLToPath } from 'node:url';
import {
  type Client,
  loadPackageDefinition,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceClientConstructor,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const testProtos = fileURLToPath(new URL('../../proto', import.meta.url));
const wherryProtos = fileURLToPath(new URL('../../../proto', import.meta.url));

const loaded = loadPackageDefinition(
  loadSync('shop/shop.proto', { keepCase: true, includeDirs: [testProtos, wherryProtos] }),
) as unknown as { wherry: { test: { shop: { v1: { Shop: ServiceClientConstructor } } } } };

/** As @grpc/proto-loader makes it. */
export const ShopClient = loaded.wherry.test.shop.v1.Shop as ServiceClientConstructor & {
  new (...args: ConstructorParameters<typeof Client>): Client;
};
export const ShopService = ShopClient.service;
export const shopName = 'wherry.test.shop.v1.Shop';

/** Gives back what it is given. */
export const shop: UntypedServiceImplementation = {
  Place: (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => callback(null, call.request),
  Find: (call: ServerWritableStream<unknown, unknown>) => call.end(),
};
