import { i18n } from "@/lib/i18n";

const MISSING = "–";

/** Made once a language: making one takes longer than all else that a figure needs. */
const counters = new Map<string, Intl.NumberFormat>();

/** A whole number with separators. */
export function formatCount(value: number | null | undefined): string {
  if (value == null) return MISSING;
  let counter = counters.get(i18n.language);
  if (!counter) counters.set(i18n.language, (counter = new Intl.NumberFormat(i18n.language)));
  return counter.format(value);
}

/** A score or rate with a fixed number of decimals, so that columns line up. */
export const formatDecimal = (value: number | null | undefined, digits = 3): string =>
  value == null ? MISSING : value.toFixed(digits);

/** A figure of any size with three significant digits: 1230, 0.0314, 1.2e-7. */
export const formatFigure = (value: number | null | undefined): string =>
  value == null ? MISSING : String(Number(value.toPrecision(3)));

/** 0.934 → "93.4 %". */
export const formatPercent = (value: number | null | undefined, digits = 1): string =>
  value == null ? MISSING : `${(value * 100).toFixed(digits)} %`;

/** Seconds as people say them: "8 s", "2 min 5 s", "1 h 3 min". */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds == null) return MISSING;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return seconds < 10 && seconds % 1 !== 0 ? `${seconds.toFixed(1)} s` : `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A moment in the reader's own time zone. */
export const formatMoment = (moment: string | null | undefined): string =>
  moment == null
    ? MISSING
    : new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "short" }).format(
        new Date(moment),
      );

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** How long ago (or ahead) a moment is: "3 minutes ago". */
export function formatAgo(moment: string | null | undefined, now_ms: number = Date.now()): string {
  if (moment == null) return MISSING;
  const seconds = (new Date(moment).getTime() - now_ms) / 1000;
  const format = new Intl.RelativeTimeFormat(i18n.language, { numeric: "auto" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  }
  return format.format(Math.round(seconds), "second");
}
