// Made by `wherry gen` from route_guide.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `route_guide.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'route_guide.proto',
  descriptor: 'ChFyb3V0ZV9ndWlkZS5wcm90bxIKcm91dGVndWlkZSJBCgVQb2ludBIaCghsYXRpdHVkZRgBIAEoBVIIbGF0aXR1ZGUSHAoJbG9uZ2l0dWRlGAIgASgFUglsb25naXR1ZGUiUQoJUmVjdGFuZ2xlEiEKAmxvGAEgASgLMhEucm91dGVndWlkZS5Qb2ludFICbG8SIQoCaGkYAiABKAsyES5yb3V0ZWd1aWRlLlBvaW50UgJoaSJMCgdGZWF0dXJlEhIKBG5hbWUYASABKAlSBG5hbWUSLQoIbG9jYXRpb24YAiABKAsyES5yb3V0ZWd1aWRlLlBvaW50Ughsb2NhdGlvbiJUCglSb3V0ZU5vdGUSLQoIbG9jYXRpb24YASABKAsyES5yb3V0ZWd1aWRlLlBvaW50Ughsb2NhdGlvbhIYCgdtZXNzYWdlGAIgASgJUgdtZXNzYWdlIpMBCgxSb3V0ZVN1bW1hcnkSHwoLcG9pbnRfY291bnQYASABKAVSCnBvaW50Q291bnQSIwoNZmVhdHVyZV9jb3VudBgCIAEoBVIMZmVhdHVyZUNvdW50EhoKCGRpc3RhbmNlGAMgASgFUghkaXN0YW5jZRIhCgxlbGFwc2VkX3RpbWUYBCABKAVSC2VsYXBzZWRUaW1lMv0BCgpSb3V0ZUd1aWRlEjQKCkdldEZlYXR1cmUSES5yb3V0ZWd1aWRlLlBvaW50GhMucm91dGVndWlkZS5GZWF0dXJlEjwKDExpc3RGZWF0dXJlcxIVLnJvdXRlZ3VpZGUuUmVjdGFuZ2xlGhMucm91dGVndWlkZS5GZWF0dXJlMAESPAoLUmVjb3JkUm91dGUSES5yb3V0ZWd1aWRlLlBvaW50Ghgucm91dGVndWlkZS5Sb3V0ZVN1bW1hcnkoARI9CglSb3V0ZUNoYXQSFS5yb3V0ZWd1aWRlLlJvdXRlTm90ZRoVLnJvdXRlZ3VpZGUuUm91dGVOb3RlKAEwAWIGcHJvdG8z',
  dependencies: [],
};

/** A place on Earth, in degrees times 10^7: latitude from -90 to 90 degrees, longitude from -180 to 180. */
export interface Point {
  latitude: number;
  longitude: number;
}

/** The codec of `routeguide.Point`. */
export const Point: rt.MessageType<Point> = rt.messageType('routeguide.Point', createPoint, writePoint, readPoint);

function emptyPoint(): Point {
  return {
    latitude: 0,
    longitude: 0,
  };
}

function createPoint(init: rt.Init<Point> = {}): Point {
  const m = emptyPoint();
  if (init.latitude !== undefined) m.latitude = init.latitude;
  if (init.longitude !== undefined) m.longitude = init.longitude;
  return m;
}

function writePoint(m: rt.Init<Point>, w: rt.Writer): rt.Writer {
  if (m.latitude) w.uint32(8).int32(m.latitude);
  if (m.longitude) w.uint32(16).int32(m.longitude);
  return w;
}

function readPoint(r: rt.Reader, end: number, m = emptyPoint()): Point {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.latitude = r.int32();
        break;
      case 16:
        m.longitude = r.int32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** An area, given by two opposite corners; it does not matter which two. */
export interface Rectangle {
  lo?: Point | undefined;
  hi?: Point | undefined;
}

/** The codec of `routeguide.Rectangle`. */
export const Rectangle: rt.MessageType<Rectangle> = rt.messageType('routeguide.Rectangle', createRectangle, writeRectangle, readRectangle);

function emptyRectangle(): Rectangle {
  return {
    lo: undefined,
    hi: undefined,
  };
}

function createRectangle(init: rt.Init<Rectangle> = {}): Rectangle {
  const m = emptyRectangle();
  if (init.lo !== undefined) m.lo = createPoint(init.lo);
  if (init.hi !== undefined) m.hi = createPoint(init.hi);
  return m;
}

function writeRectangle(m: rt.Init<Rectangle>, w: rt.Writer): rt.Writer {
  if (m.lo !== undefined) writePoint(m.lo, w.uint32(10).fork()).ldelim();
  if (m.hi !== undefined) writePoint(m.hi, w.uint32(18).fork()).ldelim();
  return w;
}

function readRectangle(r: rt.Reader, end: number, m = emptyRectangle()): Rectangle {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.lo = readPoint(r, r.endOf(end), m.lo);
        break;
      case 18:
        m.hi = readPoint(r, r.endOf(end), m.hi);
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Something at a point. */
export interface Feature {
  /** Empty if nothing at the point has a name. */
  name: string;
  location?: Point | undefined;
}

/** The codec of `routeguide.Feature`. */
export const Feature: rt.MessageType<Feature> = rt.messageType('routeguide.Feature', createFeature, writeFeature, readFeature);

function emptyFeature(): Feature {
  return {
    name: '',
    location: undefined,
  };
}

function createFeature(init: rt.Init<Feature> = {}): Feature {
  const m = emptyFeature();
  if (init.name !== undefined) m.name = init.name;
  if (init.location !== undefined) m.location = createPoint(init.location);
  return m;
}

function writeFeature(m: rt.Init<Feature>, w: rt.Writer): rt.Writer {
  if (m.name) w.uint32(10).string(m.name);
  if (m.location !== undefined) writePoint(m.location, w.uint32(18).fork()).ldelim();
  return w;
}

function readFeature(r: rt.Reader, end: number, m = emptyFeature()): Feature {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.name = r.string();
        break;
      case 18:
        m.location = readPoint(r, r.endOf(end), m.location);
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A message left at a point. */
export interface RouteNote {
  location?: Point | undefined;
  message: string;
}

/** The codec of `routeguide.RouteNote`. */
export const RouteNote: rt.MessageType<RouteNote> = rt.messageType('routeguide.RouteNote', createRouteNote, writeRouteNote, readRouteNote);

function emptyRouteNote(): RouteNote {
  return {
    location: undefined,
    message: '',
  };
}

function createRouteNote(init: rt.Init<RouteNote> = {}): RouteNote {
  const m = emptyRouteNote();
  if (init.location !== undefined) m.location = createPoint(init.location);
  if (init.message !== undefined) m.message = init.message;
  return m;
}

function writeRouteNote(m: rt.Init<RouteNote>, w: rt.Writer): rt.Writer {
  if (m.location !== undefined) writePoint(m.location, w.uint32(10).fork()).ldelim();
  if (m.message) w.uint32(18).string(m.message);
  return w;
}

function readRouteNote(r: rt.Reader, end: number, m = emptyRouteNote()): RouteNote {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.location = readPoint(r, r.endOf(end), m.location);
        break;
      case 18:
        m.message = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A route that was travelled. */
export interface RouteSummary {
  /** The points passed. */
  pointCount: number;
  /** How many of these points have a feature with a name. */
  featureCount: number;
  /** The distance along the route, in metres. */
  distance: number;
  /** The duration of the route, in whole seconds. */
  elapsedTime: number;
}

/** The codec of `routeguide.RouteSummary`. */
export const RouteSummary: rt.MessageType<RouteSummary> = rt.messageType('routeguide.RouteSummary', createRouteSummary, writeRouteSummary, readRouteSummary);

function emptyRouteSummary(): RouteSummary {
  return {
    pointCount: 0,
    featureCount: 0,
    distance: 0,
    elapsedTime: 0,
  };
}

function createRouteSummary(init: rt.Init<RouteSummary> = {}): RouteSummary {
  const m = emptyRouteSummary();
  if (init.pointCount !== undefined) m.pointCount = init.pointCount;
  if (init.featureCount !== undefined) m.featureCount = init.featureCount;
  if (init.distance !== undefined) m.distance = init.distance;
  if (init.elapsedTime !== undefined) m.elapsedTime = init.elapsedTime;
  return m;
}

function writeRouteSummary(m: rt.Init<RouteSummary>, w: rt.Writer): rt.Writer {
  if (m.pointCount) w.uint32(8).int32(m.pointCount);
  if (m.featureCount) w.uint32(16).int32(m.featureCount);
  if (m.distance) w.uint32(24).int32(m.distance);
  if (m.elapsedTime) w.uint32(32).int32(m.elapsedTime);
  return w;
}

function readRouteSummary(r: rt.Reader, end: number, m = emptyRouteSummary()): RouteSummary {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.pointCount = r.int32();
        break;
      case 16:
        m.featureCount = r.int32();
        break;
      case 24:
        m.distance = r.int32();
        break;
      case 32:
        m.elapsedTime = r.int32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export const RouteGuideService = {
  getFeature: rt.method({
    path: '/routeguide.RouteGuide/GetFeature',
    name: 'GetFeature',
    request: Point,
    response: Feature,
    requestStream: false,
    responseStream: false,
    file: protoFile,
  }),
  listFeatures: rt.method({
    path: '/routeguide.RouteGuide/ListFeatures',
    name: 'ListFeatures',
    request: Rectangle,
    response: Feature,
    requestStream: false,
    responseStream: true,
    file: protoFile,
  }),
  recordRoute: rt.method({
    path: '/routeguide.RouteGuide/RecordRoute',
    name: 'RecordRoute',
    request: Point,
    response: RouteSummary,
    requestStream: true,
    responseStream: false,
    file: protoFile,
  }),
  routeChat: rt.method({
    path: '/routeguide.RouteGuide/RouteChat',
    name: 'RouteChat',
    request: RouteNote,
    response: RouteNote,
    requestStream: true,
    responseStream: true,
    file: protoFile,
  }),
};

/** Handlers of `routeguide.RouteGuide` as grpc-js's `addService` takes them, and Wherry's. */
export type RouteGuideServer = {
  /** Unary. Returns the feature at a point; if there is none, a feature without a name. */
  getFeature: rt.UnaryHandler<Point, Feature>;
  /** Server streaming. Returns the features that have a name and lie within a rectangle, including its edges. */
  listFeatures: rt.ServerStreamHandler<Rectangle, Feature>;
  /** Client streaming. Takes the points of a route one after another, and returns a summary at the end. */
  recordRoute: rt.ClientStreamHandler<Point, RouteSummary>;
  /** Bidirectional. Answers each note with the earlier notes at the same point. */
  routeChat: rt.BidiHandler<RouteNote, RouteNote>;
};

/** Handlers of `routeguide.RouteGuide` as async functions and generators: see {@link routeGuideHandlers}. */
export interface RouteGuideHandlers {
  /** Unary. Returns the feature at a point; if there is none, a feature without a name. */
  getFeature(request: Point, context: rt.CallContext): rt.Response<Feature>;
  /** Server streaming. Returns the features that have a name and lie within a rectangle, including its edges. */
  listFeatures(request: Rectangle, context: rt.CallContext): rt.Responses<Feature>;
  /** Client streaming. Takes the points of a route one after another, and returns a summary at the end. */
  recordRoute(requests: AsyncIterable<Point>, context: rt.CallContext): rt.Response<RouteSummary>;
  /** Bidirectional. Answers each note with the earlier notes at the same point. */
  routeChat(requests: AsyncIterable<RouteNote>, context: rt.CallContext): rt.Responses<RouteNote>;
}

/** Makes of async handlers those that `addService` takes beside {@link RouteGuideService}. */
export function routeGuideHandlers(handlers: RouteGuideHandlers, options?: rt.HandlerOptions): RouteGuideServer {
  return rt.asyncHandlers(RouteGuideService, handlers, options);
}

/** A client of `routeguide.RouteGuide` over any grpc-js channel, or a server's address. */
export class RouteGuideClient extends rt.ServiceClient {
  /** Unary. Returns the feature at a point; if there is none, a feature without a name. */
  getFeature(request: rt.Init<Point>, options?: rt.CallOptions): Promise<Feature> {
    return rt.callUnary(this.channel, RouteGuideService.getFeature, request, options);
  }

  /** Server streaming. Returns the features that have a name and lie within a rectangle, including its edges. */
  listFeatures(request: rt.Init<Rectangle>, options?: rt.CallOptions): rt.ResponseStream<Feature> {
    return rt.callServerStream(this.channel, RouteGuideService.listFeatures, request, options);
  }

  /** Client streaming. Takes the points of a route one after another, and returns a summary at the end. */
  recordRoute(requests: rt.Requests<Point>, options?: rt.CallOptions): Promise<RouteSummary> {
    return rt.callClientStream(this.channel, RouteGuideService.recordRoute, requests, options);
  }

  /** Bidirectional. Answers each note with the earlier notes at the same point. */
  routeChat(requests: rt.Requests<RouteNote>, options?: rt.CallOptions): rt.ResponseStream<RouteNote> {
    return rt.callBidi(this.channel, RouteGuideService.routeChat, requests, options);
  }
}
