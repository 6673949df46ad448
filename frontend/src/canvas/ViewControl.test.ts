import { describe, expect, it } from "vitest";

import { toImage } from "./geometry/view";
import { ViewControl } from "./ViewControl";

function control(image = { width: 1000, height: 500 }): ViewControl {
  const made = new ViewControl(() => undefined);
  made.setScreen({ width: 848, height: 648 });
  made.setImage(image);
  return made;
}

describe("ViewControl", () => {
  it("fits the image with a margin, centred", () => {
    expect(control().view).toEqual({ scale: 0.8, x: 24, y: 124 });
  });

  it("keeps the point under the pointer while zooming", () => {
    const view = control();
    const at = { x: 300, y: 300 };
    const before = toImage(view.view, at);
    view.zoomBy(3, at);
    expect(view.view.scale).toBeCloseTo(2.4);
    expect(toImage(view.view, at).x).toBeCloseTo(before.x);
    expect(toImage(view.view, at).y).toBeCloseTo(before.y);
  });

  it("fits again after a resize, until the person moves the image", () => {
    const view = control();
    view.setScreen({ width: 448, height: 648 });
    expect(view.view.scale).toBe(0.4);
    view.panBy(10, 0);
    view.setScreen({ width: 848, height: 648 });
    expect(view.view.scale).toBe(0.4);
  });

  it("never loses the image off the screen", () => {
    const view = control();
    view.panBy(1e6, -1e6);
    expect(view.view.x).toBeLessThan(848);
    expect(view.view.y + 500 * view.view.scale).toBeGreaterThan(0);
  });

  it("handles a single pixel and a very long image", () => {
    expect(control({ width: 1, height: 1 }).view.scale).toBe(8);
    expect(control({ width: 20_000, height: 200 }).view.scale).toBeCloseTo(0.04);
  });
});
