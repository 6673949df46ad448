import { describe, expect, it } from "vitest";

import { nextRuns } from "./cron";

const MONDAY = new Date("2026-01-05T08:00:00Z");

describe("schedules", () => {
  it("shows the next runs in UTC", () => {
    expect(nextRuns("0 2 * * 1-5", MONDAY)?.map((run) => run.toISOString())).toEqual([
      "2026-01-06T02:00:00.000Z",
      "2026-01-07T02:00:00.000Z",
      "2026-01-08T02:00:00.000Z",
    ]);
  });

  it("refuses what the server refuses", () => {
    for (const wrong of ["", "soon", "@daily", "0 0 2 * * *", "61 2 * * *"]) {
      expect(nextRuns(wrong, MONDAY)).toBeNull();
    }
  });
});
