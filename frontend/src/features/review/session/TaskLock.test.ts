import { beforeEach, describe, expect, it, vi } from "vitest";

import { TaskLock } from "./TaskLock";

/** Web Locks as browsers keep them: one holder, taken by request or by theft. */
class FakeLocks {
  private thief: ((error: Error) => void) | null = null;

  async request(
    _: string,
    options: LockOptions,
    work: (lock: object | null) => Promise<void>,
  ): Promise<void> {
    if (this.thief && !options.steal) return work(null);
    this.thief?.(new DOMException("stolen", "AbortError"));
    const stolen = new Promise<void>((_, reject) => (this.thief = reject));
    const mine = this.thief;
    await Promise.race([work({}), stolen]);
    if (this.thief === mine) this.thief = null;
  }
}

describe("TaskLock", () => {
  beforeEach(() => {
    vi.stubGlobal("navigator", { locks: new FakeLocks() });
  });

  it("tells the second tab, and the first when the second takes the task", async () => {
    const [first, second] = [vi.fn(), vi.fn()];
    TaskLock.take("a", false, first);
    TaskLock.take("a", false, second);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
    TaskLock.take("a", true, second);
    await vi.waitFor(() => expect(first).toHaveBeenCalledOnce());
    expect(second).toHaveBeenCalledOnce();
  });

  it("leaves the task to others when it is released", async () => {
    const [first, second] = [vi.fn(), vi.fn()];
    await TaskLock.take("a", false, first)!.release();
    TaskLock.take("a", false, second);
    expect(second).not.toHaveBeenCalled();
  });

  it("is not needed where browsers have no locks", () => {
    vi.stubGlobal("navigator", {});
    expect(TaskLock.take("a", false, vi.fn())).toBeNull();
  });
});
