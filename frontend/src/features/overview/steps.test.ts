import { describe, expect, it } from "vitest";

import { stepsOf, type Situation } from "./steps";

const EMPTY: Situation = { images: 0, trainable: false, models: [], waiting: 0, newNormals: null };
const MODEL = { created_at: "2026-01-05T08:00:00Z" };
const next = (situation: Partial<Situation>) =>
  stepsOf({ ...EMPTY, ...situation }).find((step) => step.state === "next");

describe("the next step", () => {
  it("goes round the loop", () => {
    expect(next({})).toMatchObject({ key: "import", path: "/import" });
    expect(next({ images: 5 })).toMatchObject({ key: "import", path: "/images" });
    expect(next({ images: 5, trainable: true })?.key).toBe("train");
    expect(next({ images: 5, trainable: true, models: [MODEL], waiting: 3 })?.key).toBe("review");
    expect(next({ images: 5, trainable: true, models: [MODEL] })?.key).toBe("retrain");
    expect(next({ images: 5, trainable: true, models: [MODEL, MODEL], newNormals: 0 })).toBeUndefined();
    expect(next({ images: 5, trainable: true, models: [MODEL, MODEL], newNormals: 9 })?.key).toBe("retrain");
  });
});
