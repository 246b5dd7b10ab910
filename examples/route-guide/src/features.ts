import { readFileSync } from 'node:fs';
import { type Feature, type Point, pointKey, type Rectangle } from './messages.js';

/** The tutorial's places; see data/README.md. */
const places: readonly Feature[] = JSON.parse(
  readFileSync(new URL('../data/route_guide_db.json', import.meta.url), 'utf8'),
);

/** The places that have a name. As in the tutorial for Node, the service knows no others. */
export const features: readonly Feature[] = places.filter(({ name }) => name !== '');

const byPoint = new Map(features.map((feature) => [pointKey(feature.location), feature]));

/** Returns the feature at exactly this point. */
export function featureAt(point: Point): Feature | undefined {
  return byPoint.get(pointKey(point));
}

/** Returns the features within an area, including its edges, in the order of the data set. */
export function featuresWithin({ lo, hi }: Rectangle): Feature[] {
  const within = (value: number, a: number, b: number): boolean => value >= Math.min(a, b) && value <= Math.max(a, b);
  return features.filter(
    ({ location }) =>
      within(location.latitude, lo.latitude, hi.latitude) && within(location.longitude, lo.longitude, hi.longitude),
  );
}
