import { randomBytes } from 'node:crypto';

/** Kafka's rule for the names of topics, and so for the part of them that a namespace is. */
const legalName = /^[a-zA-Z0-9._-]{1,100}$/;

/** @throws TypeError unless `namespace` can begin the names of topics. */
export function checkNamespace(namespace: string): void {
  if (!legalName.test(namespace)) {
    throw new TypeError(
      `namespace is ${JSON.stringify(namespace)}; it must be 1 to 100 letters, digits, dots, dashes and underscores`,
    );
  }
}

/** The service of a method: `package.Service` of `/package.Service/Method`. */
export function serviceOf(method: string): string {
  return method.slice(1, method.lastIndexOf('/'));
}

/** Where calls to a service wait for its workers; also the name of the workers' consumer group. */
export function requestTopic(namespace: string, service: string): string {
  return `${namespace}.requests.${service}`;
}

/** Where workers tell who serves what. */
export function registryTopic(namespace: string): string {
  return `${namespace}.registry`;
}

/** How the names of all inboxes begin. */
export function inboxPrefix(namespace: string): string {
  return `${namespace}.inbox.`;
}

/** A name for a new inbox. It tells when it was made, so that a sweep leaves alone what is too new to be judged. */
export function newInboxTopic(namespace: string, now: number): string {
  return `${inboxPrefix(namespace)}${now.toString(36)}.${randomBytes(8).toString('hex')}`;
}

/** When an inbox was made, in milliseconds since the Unix epoch; undefined where the name is not that of an inbox. */
export function inboxMadeAt(namespace: string, topic: string): number | undefined {
  const prefix = inboxPrefix(namespace);
  const made = topic.startsWith(prefix) ? /^([0-9a-z]{6,11})\.[0-9a-f]{16}$/.exec(topic.slice(prefix.length)) : null;
  return made?.[1] === undefined ? undefined : Number.parseInt(made[1], 36);
}
