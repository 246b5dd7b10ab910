import { randomBytes } from 'node:crypto';

/** Kafka's rule for the characters of topic names. The rule holds for a namespace too, because every topic name begins with one. */
const legalName = /^[a-zA-Z0-9._-]{1,100}$/;

/** @throws TypeError unless `namespace` can begin the names of topics. */
export function checkNamespace(namespace: string): void {
  if (!legalName.test(namespace)) {
    throw new TypeError(
      `namespace is ${JSON.stringify(namespace)}; it must be 1 to 100 letters, digits, dots, dashes and underscores`,
    );
  }
}

/** @throws TypeError unless `topics` is an array of names that topics may have. */
export function checkTopics(option: string, topics: unknown): void {
  if (
    Array.isArray(topics) &&
    topics.every((topic) => typeof topic === 'string' && /^[a-zA-Z0-9._-]{1,249}$/.test(topic))
  )
    return;
  throw new TypeError(`${option} is ${JSON.stringify(topics)}; it must be an array of names of topics`);
}

/** The service of a method's path: `package.Service` for `/package.Service/Method`. */
export function serviceOf(method: string): string {
  return method.slice(1, method.lastIndexOf('/'));
}

/** The topic in which calls to a service wait for its workers. The workers' consumer group has the same name. */
export function requestTopic(namespace: string, service: string): string {
  return `${namespace}.requests.${service}`;
}

/** The topic in which workers register their services. */
export function registryTopic(namespace: string): string {
  return `${namespace}.registry`;
}

/** The beginning of the names of all inboxes. */
export function inboxPrefix(namespace: string): string {
  return `${namespace}.inbox.`;
}

/** The group id of readers that join no group. Its name begins like an inbox's, so that one rule about names can allow both. */
export function readerGroup(namespace: string): string {
  return `${inboxPrefix(namespace)}readers`;
}

/** A name for a new inbox. It contains the time at which the inbox was made, so that a sweep leaves new inboxes alone. */
export function newInboxTopic(namespace: string, now: number): string {
  return `${inboxPrefix(namespace)}${now.toString(36)}.${randomBytes(8).toString('hex')}`;
}

/** When an inbox was made, in milliseconds since the Unix epoch; undefined if the name is not that of an inbox. */
export function inboxMadeAt(namespace: string, topic: string): number | undefined {
  const prefix = inboxPrefix(namespace);
  const made = topic.startsWith(prefix) ? /^([0-9a-z]{6,11})\.[0-9a-f]{16}$/.exec(topic.slice(prefix.length)) : null;
  return made?.[1] === undefined ? undefined : Number.parseInt(made[1], 36);
}
