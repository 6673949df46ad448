import { formatCount, formatDecimal, formatDuration } from "@/components/format";

/** A model's figures, which the schema does not describe. */
export type Metrics = unknown;

/** The figures of a model in the order that screens show them, and how each is written. */
export const METRICS = {
  image_auroc: "share",
  image_ap: "share",
  image_f1_max: "share",
  pixel_auroc: "share",
  pixel_ap: "share",
  aupro: "share",
  pixel_f1_max: "share",
  test_normals: "count",
  test_defectives: "count",
  train_images: "count",
  validation_normals: "count",
  fit_seconds: "seconds",
  score_seconds_per_image: "milliseconds",
} as const;
export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

/** Metrics of which more is better; the others only describe. */
export const isScore = (name: MetricName): boolean => METRICS[name] === "share";

/** A metric as a number; null where it is undefined, for want of masks or test images. */
export function metricValue(metrics: Metrics, name: string): number | null {
  const value = (metrics as Readonly<Record<string, unknown>> | null)?.[name];
  return typeof value === "number" ? value : null;
}

/** A metric as it is shown. */
export function metricOf(metrics: Metrics, name: MetricName): string {
  const value = metricValue(metrics, name);
  if (value === null) return "–";
  switch (METRICS[name]) {
    case "share":
      return formatDecimal(value);
    case "count":
      return formatCount(value);
    case "seconds":
      return formatDuration(value);
    case "milliseconds":
      return `${(value * 1000).toFixed(0)} ms`;
  }
}

/** The bootstrap interval of the image AUROC, or null without one. */
export function aurocInterval(metrics: Metrics): string | null {
  const low = metricValue(metrics, "image_auroc_low");
  const high = metricValue(metrics, "image_auroc_high");
  return low === null || high === null ? null : `${formatDecimal(low)} – ${formatDecimal(high)}`;
}
