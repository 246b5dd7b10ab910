import type { Point } from './messages.js';

const EARTH_RADIUS_METRES = 6_371_000;

/** The way along the Earth's surface between two points, in metres, by the haversine formula. */
export function distance(from: Point, to: Point): number {
  const fromLatitude = radians(from.latitude);
  const toLatitude = radians(to.latitude);
  const latitudes = toLatitude - fromLatitude;
  const longitudes = radians(to.longitude - from.longitude);
  const a =
    Math.sin(latitudes / 2) ** 2 + Math.cos(fromLatitude) * Math.cos(toLatitude) * Math.sin(longitudes / 2) ** 2;
  return EARTH_RADIUS_METRES * 2 * Math.atan2(Math.sqrt(a), Math.sqrt(1 - a));
}

/** Points count in degrees times 10^7. */
function radians(e7: number): number {
  return (e7 / 1e7) * (Math.PI / 180);
}
