import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { followEvents, type LiveEvent } from "./stream";
import { staleAfter } from "./useLiveEvents";

class FakeSource extends EventTarget {
  static readonly opened: FakeSource[] = [];
  readonly address: URL;
  closed = false;

  constructor(address: URL) {
    super();
    this.address = address;
    FakeSource.opened.push(this);
  }

  close() {
    this.closed = true;
  }

  say(id: string, name: string, data: object) {
    this.dispatchEvent(new MessageEvent(name, { lastEventId: id, data: JSON.stringify(data) }));
  }
}

/** Web Locks as far as they are used here: one holder, the others wait in a queue. */
function fakeLocks() {
  let last = Promise.resolve();
  return {
    request(_name: string, { signal }: { signal: AbortSignal }, hold: () => Promise<void>) {
      last = last.then(() => (signal.aborted ? undefined : hold()));
      return last;
    },
  };
}

const stops: (() => void)[] = [];

function follow(): LiveEvent[] {
  const heard: LiveEvent[] = [];
  stops.push(followEvents("t1", (event) => heard.push(event)));
  return heard;
}

beforeEach(() => {
  FakeSource.opened.length = 0;
  vi.stubGlobal("EventSource", FakeSource);
  Object.defineProperty(navigator, "locks", { value: fakeLocks(), configurable: true });
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

describe("live events", () => {
  it("opens one stream for two tabs, and both hear it", async () => {
    const [first, second] = [follow(), follow()];
    await vi.waitFor(() => expect(FakeSource.opened).toHaveLength(1));
    FakeSource.opened[0]!.say("1-0", "job", { id: "j1" });
    const event = { id: "1-0", name: "job", data: { id: "j1" } };
    await vi.waitFor(() => expect(second).toEqual([event]));
    expect(first).toEqual([event]);
    expect(FakeSource.opened).toHaveLength(1);
  });

  it("hands over to the next tab, which goes on where the first stopped", async () => {
    follow();
    const second = follow();
    await vi.waitFor(() => expect(FakeSource.opened).toHaveLength(1));
    FakeSource.opened[0]!.say("7-0", "review", {});
    await vi.waitFor(() => expect(second).toHaveLength(1));
    stops.shift()!();
    await vi.waitFor(() => expect(FakeSource.opened).toHaveLength(2));
    expect(FakeSource.opened[0]!.closed).toBe(true);
    expect(FakeSource.opened[1]!.address.searchParams.get("last_event_id")).toBe("7-0");
  });

  it("asks nothing again for mere progress of a job", () => {
    const job = (data: object) => staleAfter({ id: "1", name: "job", data: { ...data } });
    expect(job({ state: "running", fraction: 0.5 })).toEqual([]);
    expect(job({ state: "succeeded", fraction: 1 })).toContain("training-runs");
    expect(job({ state: "queued", fraction: 0 })).toEqual(["jobs"]);
  });
});
