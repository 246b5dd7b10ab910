import type { Log } from '@wherry/kafka';
import { LogError } from '@wherry/kafka';
import test, { type ExecutionContext } from 'ava';
import { HeldEvents } from './held-events.js';
import { Inbox, type InboxListener } from './inbox.js';
import { OwnInbox } from './own-inbox.js';

const refused = new LogError('this client needs the right Write', { code: 29 });
const timedOut = new LogError('message timed out', { code: -192 });

function into(lines: string[]): (...line: unknown[]) => void {
  return (...line) => {
    lines.push(String(line.at(-1)));
  };
}

/** An inbox that was proven. Its timer does not run out during a test. */
async function openOwnInbox(t: ExecutionContext, deleting?: LogError) {
  const seen = { beats: 0, warnings: [] as string[], errors: [] as string[] };
  const log = {
    deleteTopic: async () => {
      if (deleting !== undefined) throw deleting;
      return true;
    },
  } as Partial<Log> as Log;
  const reader = { lag: 0, close: async () => undefined };
  const inbox = new Inbox(log, { topic: 'inbox', partition: 0 }, false, reader, new HeldEvents<InboxListener>());
  const own: OwnInbox = new OwnInbox(
    {
      log,
      namespace: 'test',
      logger: { warn: into(seen.warnings), error: into(seen.errors) },
      beat: () => seen.beats++,
      onRecord: () => undefined,
      onReplaced: () => t.fail('the inbox is intact'),
      onUnreachable: () => undefined,
      onReachable: () => undefined,
    },
    { heartbeatMs: 1_000_000 },
    inbox,
  );
  t.teardown(() => own.close());
  const starting = own.start(10_000);
  own.heardFromItself();
  await starting;
  return { own, seen };
}

test('a heartbeat that came too late is repeated at once, and one that was refused is not', async (t) => {
  const { own, seen } = await openOwnInbox(t);
  t.is(seen.beats, 1);
  own.undelivered(timedOut);
  t.is(seen.beats, 2);
  own.undelivered(refused);
  t.is(seen.beats, 2);
});

test('a right that is missing is logged once, and again after it was there', async (t) => {
  const { own, seen } = await openOwnInbox(t);
  own.undelivered(refused);
  own.onTrouble(refused);
  t.is(seen.errors.length, 1);
  t.regex(seen.errors[0] ?? '', /needs the right Write; until this instance has the right again/);
  own.heardFromItself();
  own.undelivered(refused);
  t.is(seen.errors.length, 2);
});

test('an inbox that may not be deleted is reported, and one that is out of reach is not', async (t) => {
  const { own, seen } = await openOwnInbox(t, refused);
  await own.close();
  t.deepEqual(seen.warnings, ['inbox inbox is left behind: this client needs the right Write']);
  const away = await openOwnInbox(t, timedOut);
  await away.own.close();
  t.deepEqual(away.seen.warnings, []);
});
