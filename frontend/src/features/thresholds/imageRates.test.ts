import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { flipsBetween, ratesAt, sortScores, wilson, type Band, type Columns, type Cut } from "./imageRates";

const bandOf = (score: number, { t1, t2 }: Cut): Band =>
  score >= Math.max(t1, t2) ? "fail" : score >= t1 ? "review" : "pass";

const columns = fc
  .array(
    fc.record({
      score: fc.integer({ min: 0, max: 20 }).map((tenths) => tenths / 10),
      defective: fc.boolean(),
      weight: fc.constantFrom(1, 1, 50),
    }),
    { maxLength: 40 },
  )
  .map((rows): Columns => ({
    scores: rows.map((row) => row.score),
    defective: rows.map((row) => Number(row.defective)),
    weights: rows.map((row) => row.weight),
  }));
const cut = fc
  .tuple(fc.integer({ min: -1, max: 21 }), fc.integer({ min: 0, max: 10 }))
  .map(([low, width]): Cut => ({ t1: low / 10, t2: (low + width) / 10 }));

describe("rates of a cut", () => {
  it("are the weighted counts, for any scores and any cut", () => {
    fc.assert(
      fc.property(columns, cut, (given, at) => {
        const rates = ratesAt(sortScores(given), at);
        const share = (of: (i: number) => boolean, hit: (band: Band) => boolean): number | null => {
          const all = [...(given.scores as number[])].map((_, i) => i).filter(of);
          const weight = (places: number[]) => places.reduce((sum, i) => sum + given.weights[i]!, 0);
          const hits = all.filter((i) => hit(bandOf(given.scores[i]!, at)));
          return all.length === 0 ? null : weight(hits) / weight(all);
        };
        const same = (got: number | undefined, wanted: number | null) =>
          wanted === null ? expect(got).toBeUndefined() : expect(got).toBeCloseTo(wanted, 10);
        same(
          rates.overkill?.value,
          share(
            (i) => given.defective[i] === 0,
            (band) => band === "fail",
          ),
        );
        same(
          rates.escape?.value,
          share(
            (i) => given.defective[i] === 1,
            (band) => band === "pass",
          ),
        );
        same(
          rates.review?.value,
          share(
            () => true,
            (band) => band === "review",
          ),
        );
      }),
    );
  });

  it("name the images that flip, and no others", () => {
    fc.assert(
      fc.property(columns, cut, cut, (given, before, after) => {
        const sorted = sortScores(given);
        const flipped = new Map<number, string>();
        for (const { from, to, start, end } of flipsBetween(sorted, before, after))
          for (let place = start; place < end; place++) flipped.set(sorted.order[place]!, `${from}>${to}`);
        Array.from(given.scores).forEach((score, i) => {
          const [from, to] = [bandOf(score, before), bandOf(score, after)];
          expect(flipped.get(i)).toBe(from === to ? undefined : `${from}>${to}`);
        });
      }),
    );
  });

  it("let one audited escape weigh as much as the fifty images that it stands for", () => {
    const given = { scores: [0.1, 0.9, 0.9], defective: [1, 1, 1], weights: [50, 1, 1] };
    const { escape, f1 } = ratesAt(sortScores(given), { t1: 0.5, t2: 0.8 });
    expect(escape!.value).toBeCloseTo(50 / 52);
    expect([escape!.images, escape!.of]).toEqual([1, 3]);
    expect(escape!.high - escape!.low).toBeGreaterThan(0.7); // one image says little, whatever it weighs
    expect(f1).toBeCloseTo((2 * 2) / (52 + 2));
  });

  it("have Wilson's interval, which never claims certainty", () => {
    expect(wilson(0, 20)).toEqual({ low: 0, high: expect.closeTo(0.1611, 3) as number });
    expect(wilson(0.5, 100)).toEqual({
      low: expect.closeTo(0.4038, 3) as number,
      high: expect.closeTo(0.5962, 3) as number,
    });
  });

  it("say nothing of a label that nobody has given yet", () => {
    const rates = ratesAt(sortScores({ scores: [0.2], defective: [0], weights: [1] }), { t1: 0.5, t2: 1 });
    expect(rates.escape).toBeNull();
    expect(rates.f1).toBeNull();
    expect(
      ratesAt(sortScores({ scores: [], defective: [], weights: [] }), { t1: 0, t2: 0 }).review,
    ).toBeNull();
  });
});
