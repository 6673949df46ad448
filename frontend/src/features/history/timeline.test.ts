import { describe, expect, it } from "vitest";

import { timelineOf } from "./timeline";
import type { Review, Revision } from "./useHistory";

const revision = (id: string, created_at: string, author: string | null) =>
  ({ id, created_at, author, number: 1 }) as Revision;
const review = (created_at: string, mask_revision: string | null) =>
  ({ id: created_at, created_at, mask_revision, reviewer: "rita" }) as Review;

describe("the timeline of an image", () => {
  it("puts a mask beside the verdict that wrote it, newest first", () => {
    const imported = revision("m1", "2026-01-01", null);
    const drawn = revision("m2", "2026-01-03", "rita");
    const line = timelineOf([drawn, imported], [review("2026-01-03", "m2"), review("2026-01-02", null)]);
    expect(line.map(({ at, who, revision: mask }) => [at, who, mask?.id])).toEqual([
      ["2026-01-03", "rita", "m2"],
      ["2026-01-02", "rita", undefined],
      ["2026-01-01", null, "m1"],
    ]);
  });
});
