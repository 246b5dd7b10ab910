export type { Feature, Point, Rectangle, RouteNote, RouteSummary } from './messages.js';
export { protoFile, RouteGuideClient, RouteGuideService, serviceName } from './proto.js';
export { routeGuide } from './route-guide.js';
export { getFeature, listFeatures, recordRoute, routeChat, routeGuideAt, routeGuideOver } from './stub.js';
