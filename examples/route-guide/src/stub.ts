// What a program has that was written for grpc-js before Wherry: a stub by proto-loader, and callbacks. It stays as it is.

import { type CallOptions, credentials } from '@grpc/grpc-js';
import type { WherryChannel } from '@wherry/client';
import type { Feature, Point, Rectangle, RouteNote, RouteSummary } from './messages.js';
import { RouteGuideClient } from './proto.js';
import { writeAll } from './write-all.js';

/** A stub whose calls cross Kafka. Wherry is in this line alone; the stub's address is not used. */
export function routeGuideOver(channel: WherryChannel): RouteGuideClient {
  return new RouteGuideClient('wherry', credentials.createInsecure(), { channelOverride: channel });
}

/** A stub that calls a gRPC server, be it a gateway. */
export function routeGuideAt(address: string): RouteGuideClient {
  return new RouteGuideClient(address, credentials.createInsecure());
}

/** Unary. Rejects, as all four do, with grpc-js's `ServiceError` where the call fails. */
export function getFeature(client: RouteGuideClient, point: Point, options: CallOptions): Promise<Feature> {
  return replyOf((callback) => client.getFeature(point, options, callback));
}

/** Server streaming: all the features that come. */
export async function listFeatures(
  client: RouteGuideClient,
  area: Rectangle,
  options: CallOptions,
): Promise<Feature[]> {
  const features: Feature[] = [];
  for await (const feature of client.listFeatures(area, options)) features.push(feature as Feature);
  return features;
}

/** Client streaming: passes the points, one after another, and gives the summary. */
export function recordRoute(
  client: RouteGuideClient,
  points: readonly Point[],
  options: CallOptions,
): Promise<RouteSummary> {
  return replyOf((callback) => writeAll(points, client.recordRoute(options, callback)));
}

/** Bidirectional: leaves the notes, one after another, while it gathers what comes back. */
export async function routeChat(
  client: RouteGuideClient,
  notes: readonly RouteNote[],
  options: CallOptions,
): Promise<RouteNote[]> {
  const answers: RouteNote[] = [];
  const call = client.routeChat(options);
  writeAll(notes, call);
  for await (const note of call) answers.push(note as RouteNote);
  return answers;
}

function replyOf<T>(call: (callback: (error: Error | null, reply?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, reply) => (error ? reject(error) : resolve(reply as T)));
  });
}
