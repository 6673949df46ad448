import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { QueueCount } from "./QueueCount";

describe("how many images wait", () => {
  let judging: boolean;
  let answers: ((count: number) => void)[];
  let shown: number[];
  let count: QueueCount;
  const settled = async (): Promise<void> => {
    await vi.advanceTimersByTimeAsync(1000);
  };
  const asked = (): Promise<number> => new Promise((resolve) => answers.push(resolve));

  beforeEach(() => {
    vi.useFakeTimers();
    [judging, answers, shown] = [false, [], []];
    count = new QueueCount({ ask: asked, isJudging: () => judging, show: (each) => shown.push(each) });
  });
  afterEach(() => {
    count.stop();
    vi.useRealTimers();
  });

  it("counts one less at once, then what the server says, asked once for a burst of events", async () => {
    void count.during(
      () => Promise.resolve({ queue_length: 7 }),
      (answer) => answer.queue_length,
    );
    await settled();
    count.change(-1);
    count.soon();
    count.soon();
    expect(shown).toEqual([7, 6]);
    await settled();
    expect(answers).toHaveLength(1);
    answers[0]!(2);
    await settled();
    expect(shown).toEqual([7, 6, 2]);
  });

  it("takes no answer that was on its way while a verdict was taken, and none that is out of date", async () => {
    void count.now();
    void count.now();
    answers[1]!(5);
    await settled();
    answers[0]!(9);
    await settled();
    expect(shown).toEqual([5]);
    void count.now();
    count.change(-1);
    answers[2]!(5);
    await settled();
    expect(shown).toEqual([5, 4]);
    judging = true;
    void count.now();
    judging = false;
    answers.at(-1)!(3);
    await settled();
    expect(shown).toEqual([5, 4]);
  });

  it("stays as it is where the server cannot be reached", async () => {
    const alone = new QueueCount({
      ask: () => Promise.reject(new Error("offline")),
      isJudging: () => false,
      show: (each) => shown.push(each),
    });
    alone.change(-1);
    await settled();
    expect(shown).toEqual([]);
  });
});
