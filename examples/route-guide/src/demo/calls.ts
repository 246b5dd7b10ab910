import type { CallOptions } from '@wherry/codegen/runtime';
import type { Feature, Point, RouteGuideClient, RouteNote } from '../gen/route_guide.js';

/** A call of one kind, which checks its answer. */
export interface DemoCall {
  readonly method: string;
  readonly kind: string;
  /** Makes the call and returns the answer in words. @throws WrongAnswer or StatusError. */
  make(client: RouteGuideClient, options: CallOptions): Promise<string>;
}

/** The call succeeded, but its answer differs from the data set. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

const berkshireValley: Point = { latitude: 409146138, longitude: -746188906 };

/** An area with all the places of the tutorial. */
const newJersey = {
  lo: { latitude: 400000000, longitude: -750000000 },
  hi: { latitude: 420000000, longitude: -730000000 },
};

/** Four places with a name, and one without a name in the middle. */
const route: readonly Point[] = [
  { latitude: 407838351, longitude: -746143763 },
  { latitude: 408122808, longitude: -743999179 },
  { latitude: 410000000, longitude: -745000000 },
  { latitude: 409146138, longitude: -746188906 },
  { latitude: 413628156, longitude: -749015468 },
];

export const demoCalls: readonly DemoCall[] = [
  {
    method: 'GetFeature',
    kind: 'unary',
    async make(client, options) {
      const { name, location } = await client.getFeature(berkshireValley, options);
      expect('the feature', name, 'Berkshire Valley Management Area Trail, Jefferson, NJ, USA');
      expect('its location', location, berkshireValley);
      return name;
    },
  },
  {
    method: 'ListFeatures',
    kind: 'server streaming',
    async make(client, options) {
      const features: Feature[] = [];
      for await (const feature of client.listFeatures(newJersey, options)) features.push(feature);
      expect('the number of features', features.length, 64);
      expect('the first feature', features[0]?.name, 'Patriots Path, Mendham, NJ 07945, USA');
      expect('the last feature', features.at(-1)?.name, '3 Hasta Way, Newton, NJ 07860, USA');
      return `${features.length} features, the first of them ${features[0]?.name}`;
    },
  },
  {
    method: 'RecordRoute',
    kind: 'client streaming',
    async make(client, options) {
      const { pointCount, featureCount, distance, elapsedTime } = await client.recordRoute(route, options);
      expect('the number of points', pointCount, 5);
      expect('the number of features', featureCount, 4);
      expect('the distance in metres', distance, 109_782);
      return `${pointCount} points, ${featureCount} features, ${distance} m in ${elapsedTime} s`;
    },
  },
  {
    method: 'RouteChat',
    kind: 'bidirectional streaming',
    async make(client, options) {
      const [here, there] = [somewhere(), somewhere()];
      const notes: RouteNote[] = [
        { location: here, message: 'first here' },
        { location: there, message: 'first there' },
        { location: here, message: 'second here' },
        { location: there, message: 'second there' },
        { location: here, message: 'third here' },
      ];
      const answers: string[] = [];
      for await (const { message } of client.routeChat(notes, options)) answers.push(message);
      expect('the notes', answers, ['first here', 'first there', 'first here', 'second here']);
      return `${notes.length} notes left, ${answers.length} earlier ones back: ${answers.join(', ')}`;
    },
  },
];

/** A random point, so that it has no notes of an earlier run. */
function somewhere(): Point {
  return { latitude: Math.floor(Math.random() * 9e8), longitude: Math.floor(Math.random() * 18e8) };
}

function expect(what: string, is: unknown, should: unknown): void {
  const [got, right] = [JSON.stringify(is), JSON.stringify(should)];
  if (got !== right) throw new WrongAnswer(`${what} is ${got} but should be ${right}`);
}
