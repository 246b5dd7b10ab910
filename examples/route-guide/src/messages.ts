/** The messages of route_guide.proto, as proto-loader makes them. */

/** A place on Earth, in degrees times 10^7. */
export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** An area, given by two opposite corners. */
export interface Rectangle {
  readonly lo: Point;
  readonly hi: Point;
}

/** Something at a point. Its name is empty if nothing at the point has a name. */
export interface Feature {
  readonly name: string;
  readonly location: Point;
}

/** A message left at a point. */
export interface RouteNote {
  readonly location: Point;
  readonly message: string;
}

/** A route that was travelled. */
export interface RouteSummary {
  readonly pointCount: number;
  readonly featureCount: number;
  /** Metres. */
  readonly distance: number;
  /** Whole seconds. */
  readonly elapsedTime: number;
}

/** A point as the key of a map. */
export function pointKey({ latitude, longitude }: Point): string {
  return `${latitude} ${longitude}`;
}
