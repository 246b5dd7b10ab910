import { tell } from './messages.js';

const LOOK_MS = 200;

/** Tells the main process the instance's inbox, now and whenever another inbox has replaced it. */
export function followInbox(inbox: () => string): void {
  let told: string | undefined;
  const look = (): void => {
    const topic = inbox();
    if (topic === told) return;
    told = topic;
    tell({ what: 'inbox', topic });
  };
  look();
  // Wherry has no event for it.
  setInterval(look, LOOK_MS).unref();
}
