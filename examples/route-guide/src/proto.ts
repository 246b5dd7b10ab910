import { fileURLToPath } from 'node:url';
import {
  type CallOptions,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Feature, Point, Rectangle, RouteNote, RouteSummary } from './messages.js';

/** The path of route_guide.proto. */
export const protoFile = fileURLToPath(new URL('../proto/route_guide.proto', import.meta.url));

/** The service's full name. */
export const serviceName = 'routeguide.RouteGuide';

type Reply<T> = (error: ServiceError | null, reply?: T) => void;

/** A stub of the service, as proto-loader makes it. The types are those that a generator would write. */
export interface RouteGuideClient extends Client {
  getFeature(point: Point, options: CallOptions, callback: Reply<Feature>): ClientUnaryCall;
  listFeatures(area: Rectangle, options: CallOptions): ClientReadableStream<Feature>;
  recordRoute(options: CallOptions, callback: Reply<RouteSummary>): ClientWritableStream<Point>;
  routeChat(options: CallOptions): ClientDuplexStream<RouteNote, RouteNote>;
}

const loaded = loadPackageDefinition(loadSync(protoFile, { defaults: true })) as unknown as {
  readonly routeguide: { readonly RouteGuide: ServiceClientConstructor };
};
const { RouteGuide } = loaded.routeguide;

/** The service's definition, for `addService`. */
export const RouteGuideService = RouteGuide.service;

/** Makes a stub, with the arguments of any grpc-js client. */
export const RouteGuideClient = RouteGuide as unknown as new (
  ...args: ConstructorParameters<typeof Client>
) => RouteGuideClient;
