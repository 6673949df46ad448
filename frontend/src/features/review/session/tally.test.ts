import { expect, it } from "vitest";

import type { Review } from "../api/types";
import { counted, NOTHING_DONE, uncounted } from "./tally";

const review = (fields: object): Review =>
  ({ verdict: "normal", late: false, elapsed_ms: 2000, ...fields }) as Review;

it("counts skipped and late verdicts apart from judged ones, and takes them back", () => {
  const reviews = [
    review({}),
    review({ verdict: "skip" }),
    review({ late: true }),
    review({ verdict: "accept", elapsed_ms: null }),
  ];
  const tally = reviews.reduce(counted, NOTHING_DONE);
  expect(tally).toEqual({ judged: 2, skipped: 1, late: 1, elapsedMs: 2000, timed: 1 });
  expect(reviews.reduce(uncounted, tally)).toEqual(NOTHING_DONE);
});
