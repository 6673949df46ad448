import { describe, expect, it } from "vitest";

import { happenings } from "./history";

const entry = (kind: string, action: string, detail: object) => ({
  at: "2026-01-05T08:00:00Z",
  actor: "olga",
  kind,
  action,
  detail,
});
const keys = (...given: Parameters<typeof entry>) => happenings(entry(...given)).map(({ key }) => key);

describe("history", () => {
  it("tells only what changed", () => {
    const before = { label: "unlabelled", split: "train", quarantined_at: null };
    const after = { ...before, label: "normal" };
    expect(happenings(entry("change", "image.change", { before, after }))).toEqual([
      { key: "history.label", values: { from: "unlabelled", to: "normal" } },
    ]);
  });

  it("understands bulk changes, undo, quarantine and masks", () => {
    const before = { label: "normal", split: "train", quarantined_at: null };
    expect(keys("bulk_change", "images.bulk_change", { before, changes: { quarantined: true } })).toEqual([
      "history.quarantined",
    ]);
    expect(keys("bulk_change", "images.bulk_undo", {})).toEqual(["history.undone"]);
    expect(keys("mask", "mask.submit", { number: 2 })).toEqual(["history.mask"]);
    expect(keys("change", "image.other", {})).toEqual(["history.other"]);
  });
});
