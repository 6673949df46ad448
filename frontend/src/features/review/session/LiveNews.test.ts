import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Review } from "../api/types";
import { LiveNews } from "./LiveNews";

const review = (image: string, fields: Partial<Review> = {}): Review =>
  ({
    id: `review-${image}`,
    verdict: "normal",
    late: false,
    label_before: "unlabelled",
    image: { id: image, split: "train", filename: `${image}.png` },
    ...fields,
  }) as Review;

describe("what changed because of a person", () => {
  const moved = vi.fn();
  const counted = vi.fn();
  let news: LiveNews;
  const hear = (image: string, data: object = {}): void =>
    news.hear({
      id: "1-0",
      name: "review",
      data: { what: "bank_revision", dataset: "d", image, bank_revision: `b-${image}`, ...data },
    });

  beforeEach(() => {
    vi.useFakeTimers();
    moved.mockClear();
    counted.mockClear();
    news = new LiveNews("d", moved, counted);
  });
  afterEach(() => {
    news.stop();
    vi.useRealTimers();
  });

  it("names the images that left review after this person's verdict", () => {
    news.expect(review("a"), true);
    expect(news.state.get().learning).toBe(1);
    hear("a", { images_changed: 40, left_review: 14 });
    expect(news.state.get()).toMatchObject({
      learning: 0,
      changes: [{ imagesChanged: 40, leftReview: 14, held: false }],
    });
  });

  it("has the queue counted again after whatever was said of it", () => {
    for (const what of ["verdict", "queue_withdrawn", "leases_returned"]) {
      news.hear({ id: "1-0", name: "review", data: { what, dataset: "d", image: "x" } });
    }
    expect(counted).toHaveBeenCalledTimes(3);
    news.hear({ id: "1-0", name: "review", data: { what: "verdict", dataset: "another" } });
    expect(counted).toHaveBeenCalledTimes(3);
    vi.runAllTimers();
    expect(moved).not.toHaveBeenCalled();
  });

  it("tells the image's own score first, then how far the queue has followed", () => {
    const say = (name: "review" | "inspection", data: object): void =>
      news.hear({ id: "1-0", name, data: { dataset: "d", ...data } });
    const preview = { what: "live_preview", score_before: 2.4, score_after: 0.8, band_after: "pass" };
    news.expect(review("a"), true);
    say("review", { ...preview, image: "somebody else's" });
    expect(news.state.get().preview).toBeNull();
    say("review", { ...preview, image: "a" });
    expect(news.state.get().preview).toMatchObject({ before: 2.4, after: 0.8, band: "pass" });
    say("inspection", { count: 200 });
    say("inspection", { count: 60 });
    expect(news.state.get().rescored).toBe(260);
    hear("a", { images_changed: 260 });
    expect(news.state.get()).toMatchObject({ learning: 0, preview: null, rescored: 0 });
  });

  it("does not wait for an answer where a verdict teaches nothing new", () => {
    news.expect(review("suspect", { label_before: "normal" }), true);
    expect(news.state.get().learning).toBe(0);
    news.expect(review("mislabel", { label_before: "normal", verdict: "defective" }), true);
    expect(news.state.get().learning).toBe(1);
  });

  it("adds up the steps of one large change, each once", () => {
    news.expect(review("a"), true);
    hear("a", { bank_revision: "b-1", images_changed: 40, left_review: 14 });
    hear("a", { bank_revision: "b-2", images_changed: 30, left_review: 2, entered_review: 1 });
    hear("a", { bank_revision: "b-2", images_changed: 30, left_review: 2, entered_review: 1 });
    expect(news.state.get().changes).toMatchObject([{ imagesChanged: 40, leftReview: 16, enteredReview: 1 }]);
  });

  it("asks the queue again once for many changes, whoever made them", () => {
    hear("somebody else's");
    hear("another");
    expect(news.state.get().changes).toEqual([]);
    vi.advanceTimersByTime(5000);
    expect(moved).toHaveBeenCalledTimes(1);
  });

  it("leaves other datasets and held changes alone", () => {
    hear("a", { dataset: "other" });
    news.expect(review("b"), true);
    hear("b", { held: true });
    vi.advanceTimersByTime(5000);
    expect(moved).not.toHaveBeenCalled();
    expect(news.state.get().changes[0]?.held).toBe(true);
  });

  it("waits only for verdicts that teach the model, and not for ever", () => {
    news.expect(review("late", { late: true }), true);
    news.expect(review("held out", { image: { ...review("x").image, split: "validation" } }), true);
    news.expect(review("defect", { verdict: "defective" }), true);
    news.expect(review("no bank"), false);
    expect(news.state.get().learning).toBe(0);
    news.expect(review("normal"), true);
    expect(news.state.get().learning).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(news.state.get().learning).toBe(0);
  });

  it("forgets a change that was taken back", () => {
    news.expect(review("a"), true);
    hear("a", { left_review: 3 });
    news.forget(review("a"));
    expect(news.state.get().changes).toEqual([]);
  });
});
