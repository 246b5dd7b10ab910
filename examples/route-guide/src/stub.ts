// A program as it was written for grpc-js before Wherry: a stub by proto-loader, and callbacks. It needs no change.

import { type CallOptions, credentials } from '@grpc/grpc-js';
import type { WherryChannel } from '@wherry/client';
import type { Feature, Point, Rectangle, RouteNote, RouteSummary } from './messages.js';
import { RouteGuideClient } from './proto.js';
import { writeAll } from './write-all.js';

/** Makes a stub whose calls cross Kafka. Only this function knows of Wherry. The stub does not use its address. */
export function routeGuideOver(channel: WherryChannel): RouteGuideClient {
  return new RouteGuideClient('wherry', credentials.createInsecure(), { channelOverride: channel });
}

/** Makes a stub that calls a gRPC server, such as a gateway. */
export function routeGuideAt(address: string): RouteGuideClient {
  return new RouteGuideClient(address, credentials.createInsecure());
}

/** Makes the unary call. As the other three do, rejects with the `ServiceError` of grpc-js if the call fails. */
export function getFeature(client: RouteGuideClient, point: Point, options: CallOptions): Promise<Feature> {
  return replyOf((callback) => client.getFeature(point, options, callback));
}

/** Makes the server-streaming call, and collects the features. */
export async function listFeatures(
  client: RouteGuideClient,
  area: Rectangle,
  options: CallOptions,
): Promise<Feature[]> {
  const features: Feature[] = [];
  for await (const feature of client.listFeatures(area, options)) features.push(feature as Feature);
  return features;
}

/** Makes the client-streaming call: sends the points, one after another, and returns the summary. */
export function recordRoute(
  client: RouteGuideClient,
  points: readonly Point[],
  options: CallOptions,
): Promise<RouteSummary> {
  return replyOf((callback) => writeAll(points, client.recordRoute(options, callback)));
}

/** Makes the bidirectional call: sends the notes, one after another, and collects the answers in the meantime. */
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
