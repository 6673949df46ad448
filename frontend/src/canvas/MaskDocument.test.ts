import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MaskDocument, layerId, layerIdentity, type DocumentChange } from "./MaskDocument";
import { toCocoRle } from "./geometry/runs";

const SCRATCH = layerId({ kind: "defect", defectType: "scratch" });

function withBar(document: MaskDocument, y: number, value: 0 | 1 = 1): void {
  document.paint(SCRATCH, value, (emit) => emit(y, 500, 530));
}

describe("MaskDocument", () => {
  it("names layers both ways", () => {
    expect(layerIdentity(SCRATCH)).toEqual({ kind: "defect", defectType: "scratch" });
    expect(layerIdentity(layerId({ kind: "ignore", defectType: null }))).toEqual({
      kind: "ignore",
      defectType: null,
    });
  });

  it("undoes a stroke over several tiles as one step, and redoes it", () => {
    const document = new MaskDocument(1000, 20);
    withBar(document, 3);
    const changes: DocumentChange[] = [];
    document.subscribe((change) => changes.push(change));
    document.undo();
    expect(document.isEmpty()).toBe(true);
    expect(changes[0]!.tiles.map((tile) => tile.col)).toEqual([0, 1]);
    document.redo();
    expect(document.mask(SCRATCH).area()).toBe(30);
  });

  it("keeps no step for a stroke that changed nothing", () => {
    const document = new MaskDocument(1000, 20);
    withBar(document, 3);
    withBar(document, 3);
    document.undo();
    expect(document.canUndo).toBe(false);
  });

  it("restores what was there when a stroke is cancelled", () => {
    const document = new MaskDocument(1000, 20);
    withBar(document, 3);
    const stroke = document.beginStroke(SCRATCH);
    stroke.span(3, 0, 1000, 0);
    stroke.cancel();
    expect(document.mask(SCRATCH).area()).toBe(30);
    expect(document.history.position).toBe(1);
  });

  it("drops the redo branch after a new stroke", () => {
    const document = new MaskDocument(1000, 20);
    withBar(document, 3);
    document.undo();
    withBar(document, 4);
    expect(document.canRedo).toBe(false);
  });

  it("comes back through any sequence of undos to each earlier state", () => {
    const strokes = fc.array(
      fc.record({
        y: fc.nat(19),
        x0: fc.nat(600),
        length: fc.integer({ min: 1, max: 600 }),
        value: fc.constantFrom<0 | 1>(0, 1),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(strokes, (list) => {
        const document = new MaskDocument(700, 20);
        const states = [toCocoRle(document.mask(SCRATCH)).counts.join()];
        for (const { y, x0, length, value } of list) {
          const steps = document.history.position;
          document.paint(SCRATCH, value, (emit) => emit(y, x0, x0 + length));
          if (document.history.position > steps) states.push(toCocoRle(document.mask(SCRATCH)).counts.join());
        }
        for (let i = states.length - 1; i > 0; i--) {
          if (toCocoRle(document.mask(SCRATCH)).counts.join() !== states[i]) return false;
          document.undo();
        }
        return toCocoRle(document.mask(SCRATCH)).counts.join() === states[0];
      }),
      { numRuns: 25 },
    );
  });

  it("bounds the undo list", () => {
    const document = new MaskDocument(600, 600);
    for (let i = 0; i < 410; i++) document.paint(SCRATCH, 1, (emit) => emit(i, i, i + 1));
    expect(document.history.steps).toHaveLength(400);
  });
});
