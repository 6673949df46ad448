import { expect, it, vi } from "vitest";

import { Ahead, LOADED_AHEAD } from "./Ahead";
import type { LoadedTask } from "./loadTask";

const task = (id: string): LoadedTask => ({ task: { id } }) as LoadedTask;

function ahead(ids: string[], busy: string[] | null = ["shown"]) {
  const load = vi.fn((but: string[]) => {
    const next = ids.find((id) => !but.includes(id));
    return Promise.resolve(next ? task(next) : null);
  });
  const putBack = vi.fn(() => Promise.resolve());
  return { ahead: new Ahead({ load, putBack, busy: () => busy, nextIs: vi.fn() }), load, putBack };
}

const names = (loaded: LoadedTask[]): string[] => loaded.map(({ task: { id } }) => id);

it("loads a few, each asking for none of those before it", async () => {
  const { ahead: queue, load } = ahead(["a", "b", "c"]);
  await queue.fill();
  expect(names(queue.loaded)).toEqual(["a", "b"].slice(0, LOADED_AHEAD));
  expect(load.mock.calls).toEqual([[["shown"]], [["shown", "a"]]]);
  expect(queue.take()?.loaded?.task.id).toBe("a");
  await queue.fill();
  // Nobody judged them here, so the same one is offered again.
  expect(names(queue.loaded)).toEqual(["b", "a"]);
});

it("stops where nothing is behind, and asks again the next time", async () => {
  const { ahead: queue, load } = ahead(["a"]);
  await queue.fill();
  await queue.fill();
  expect(names(queue.loaded)).toEqual(["a"]);
  expect(load).toHaveBeenCalledTimes(3);
});

it("gives back what it drops, even what was still loading", async () => {
  const { ahead: queue, load, putBack } = ahead(["a", "b"]);
  const filling = queue.fill();
  await vi.waitFor(() => expect(load).toHaveBeenCalled());
  await queue.drop();
  expect(putBack.mock.calls).toContainEqual([task("a")]);
  await filling;
});

it("asks for nothing while no image is on the screen, and survives a failure", async () => {
  const idle = ahead(["a"], null);
  await idle.ahead.fill();
  expect(idle.load).not.toHaveBeenCalled();
  const failing = ahead(["a"]);
  failing.load.mockRejectedValueOnce(new Error("offline"));
  await failing.ahead.fill();
  expect(failing.ahead.take()).toBeNull();
});

it("leases nothing while what it dropped is on its way back", async () => {
  const { ahead: queue, load, putBack } = ahead(["a", "b", "c"]);
  const arrivals: (() => void)[] = [];
  const later = <T>(value: T): Promise<T> => new Promise((resolve) => arrivals.push(() => resolve(value)));
  load.mockImplementationOnce(() => later(task("a")));
  putBack.mockImplementationOnce(() => later(undefined));
  const filling = queue.fill();
  await vi.waitFor(() => expect(load).toHaveBeenCalled());
  // The model has learnt in the middle of the filling: all that is ahead is looked for again.
  const dropping = queue.drop();
  arrivals[0]!();
  await vi.waitFor(() => expect(putBack).toHaveBeenCalled());
  const settled = vi.fn();
  void queue.settled().then(settled);
  await new Promise((resolve) => setTimeout(resolve));
  // Until the server has taken "a" back, it would offer "a" again, with the lease that is about to end.
  expect(load).toHaveBeenCalledTimes(1);
  expect(settled).not.toHaveBeenCalled();
  arrivals[1]!();
  await dropping;
  await filling;
  expect(settled).toHaveBeenCalled();
  expect(names(queue.loaded)).toEqual(["a", "b"]);
});
