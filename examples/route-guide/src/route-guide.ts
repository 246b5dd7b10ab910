import type {
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
} from '@grpc/grpc-js';
import { distance } from './distance.js';
import { featureAt, featuresWithin } from './features.js';
import type { Feature, Point, Rectangle, RouteNote, RouteSummary } from './messages.js';
import { Notes } from './notes.js';
import { writeAll } from './write-all.js';

/** A message as a handler receives it: a point that was not set is null. */
type Incoming<T> = { readonly [K in keyof T]: T[K] extends Point ? Point | null : T[K] };

const nowhere: Point = { latitude: 0, longitude: 0 };
const LARGEST_INT32 = 2 ** 31 - 1;

/**
 * Makes the handlers of the service. They are written for grpc-js's `Server`, and a Wherry worker takes them unchanged. They keep
 * the notes of RouteChat in memory: a worker does not see the notes of another one.
 */
export function routeGuide() {
  const notes = new Notes();
  return {
    getFeature({ request }: ServerUnaryCall<Point, Feature>, callback: sendUnaryData<Feature>): void {
      callback(null, featureAt(request) ?? { name: '', location: request });
    },

    listFeatures(call: ServerWritableStream<Incoming<Rectangle>, Feature>): void {
      const { lo, hi } = call.request;
      writeAll(featuresWithin({ lo: lo ?? nowhere, hi: hi ?? nowhere }), call);
    },

    recordRoute(call: ServerReadableStream<Point, RouteSummary>, callback: sendUnaryData<RouteSummary>): void {
      const started = process.hrtime.bigint();
      let pointCount = 0;
      let featureCount = 0;
      let metres = 0;
      let last: Point | undefined;
      call.on('data', (point: Point) => {
        pointCount++;
        if (featureAt(point) !== undefined) featureCount++;
        if (last !== undefined) metres += distance(last, point);
        last = point;
      });
      call.on('end', () => {
        const elapsedTime = Number((process.hrtime.bigint() - started) / 1_000_000_000n);
        callback(null, {
          pointCount,
          featureCount,
          distance: Math.min(Math.round(metres), LARGEST_INT32),
          elapsedTime,
        });
      });
    },

    routeChat(call: ServerDuplexStream<Incoming<RouteNote>, RouteNote>): void {
      call.on('data', ({ location, message }: Incoming<RouteNote>) => {
        const earlier = notes.leave({ location: location ?? nowhere, message });
        const taken = earlier.map((note) => call.write(note)).every(Boolean);
        if (taken) return;
        call.pause();
        call.once('drain', () => call.resume());
      });
      call.on('end', () => call.end());
    },
  };
}
