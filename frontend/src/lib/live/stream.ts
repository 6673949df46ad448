/** One event of the team's stream (`/api/v1/events/`). */
export interface LiveEvent {
  id: string;
  name: LiveName;
  data: Record<string, unknown>;
}

export const LIVE_NAMES = ["job", "training", "inspection", "review", "dataset"] as const;
export type LiveName = (typeof LIVE_NAMES)[number];

type Listener = (event: LiveEvent) => void;

/**
 * Follow a team's live events with one stream per browser: the tab that holds the Web Lock opens the stream
 * and broadcasts to the others; when it closes, the next tab takes the lock and goes on after the last id
 * that it heard.
 *
 * @returns a function that stops following.
 */
export function followEvents(teamId: string, listener: Listener): () => void {
  const name = `flawmark-events-${teamId}`;
  const channel = new BroadcastChannel(name);
  const stop = new AbortController();
  let lastId = "";
  const hear = (event: LiveEvent) => {
    lastId = event.id;
    listener(event);
  };
  channel.onmessage = (message: MessageEvent<LiveEvent>) => hear(message.data);
  const lead = () =>
    readStream(teamId, lastId, stop.signal, (event) => {
      channel.postMessage(event);
      hear(event);
    });
  // Stopping while waiting for the lock rejects; that is the wanted end.
  navigator.locks.request(name, { signal: stop.signal }, lead).catch(() => undefined);
  return () => {
    stop.abort();
    channel.close();
  };
}

/** Reads the stream until `signal` aborts; the browser reconnects by itself, with `Last-Event-ID`. */
function readStream(teamId: string, lastId: string, signal: AbortSignal, hear: Listener): Promise<void> {
  const address = new URL("/api/v1/events/", globalThis.location.origin);
  address.searchParams.set("team", teamId);
  if (lastId) address.searchParams.set("last_event_id", lastId);
  const source = new EventSource(address);
  for (const name of LIVE_NAMES) {
    source.addEventListener(name, (message: MessageEvent<string>) => {
      hear({ id: message.lastEventId, name, data: JSON.parse(message.data) as LiveEvent["data"] });
    });
  }
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      source.close();
      resolve();
    });
  });
}
