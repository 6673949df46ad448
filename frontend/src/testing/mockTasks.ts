import type { MockTask } from "./mockReviewServer";

const THRESHOLD = 2;

/** A task of a small image with a 4 × 4 map whose left half lies above the threshold. */
export function mockTask(name: string, widthPx = 64, heightPx = 48): MockTask {
  return {
    imageBytes: new Uint8Array([1]),
    mapValues: Uint16Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 3000 : 1000)),
    task: {
      id: `task-${name}`,
      dataset: "dataset",
      round: 1,
      state: "leased",
      reason: "near_threshold",
      sampling_probability: 1,
      priority: 1,
      lease: { token: 5, expires_at: "2030-01-01T00:00:00Z" },
      image: {
        id: `image-${name}`,
        filename: `${name}.png`,
        width_px: widthPx,
        height_px: heightPx,
        bit_depth: 8,
        channels: 3,
        content_url: `http://localhost/api/v1/images/image-${name}/content/`,
        thumbnail_url: "",
        label: "unlabelled",
        split: "unassigned",
        captures: [],
      },
      inspection: {
        id: `inspection-${name}`,
        image_score: 2.4,
        band: "review",
        model_version: "model",
        bank_revision: 0,
        map: {
          url: `http://localhost/api/v1/inspections/inspection-${name}/map/`,
          height: 4,
          width: 4,
          scale: 0.001,
        },
        stale: false,
      },
      thresholds: { t1: 1.5, t2: 3, pixel_threshold: THRESHOLD },
      defect_types: [
        { id: "scratch", name: "Scratch", colour: "#ff5d5d", hotkey: "1" },
        { id: "pit", name: "Pit", colour: "#ffb020", hotkey: "2" },
      ],
      queue_length: 3,
      learns_live: true,
      canned_reasons: ["Dust", "Reflection"],
    },
  };
}

/** Lets jsdom "decode" pictures, which it cannot do. */
export function pretendToDecode(): Pick<ImageBitmap, "width" | "height" | "close"> {
  return { width: 64, height: 48, close: () => undefined };
}
