import { makeJob } from "./server";

/** A detector with presets, and a run as the server describes it. */
export const NETWORK = {
  name: "intra",
  title: "InTra",
  description: "Inpaints every patch.",
  schema: {
    properties: {
      preset: { type: "string", title: "Preset", default: "cpu", enum: ["cpu", "gpu"], group: "basic" },
      width: { type: "integer", title: "Width", default: 64, group: "basic" },
      epochs: { type: "number", title: "Epochs", default: 30, group: "basic" },
    },
    "x-presets": { cpu: { width: 64 }, gpu: { width: 256 } },
  },
};

export const RUN = {
  id: "r1",
  job: makeJob(),
  detector: "patchcore",
  hyperparameters: {},
  curves: [],
  strips: [],
  report: null,
  warnings: [],
  seed: 0,
};
