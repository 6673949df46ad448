import { LABEL_COLOURS } from "@/components/counts/CountsBar";
import type { Label } from "@/lib/data/types";

import type { PoolMapData } from "./types";

export const COLOUR_BY = ["mode", "label", "score", "camera"] as const;
export type ColourBy = (typeof COLOUR_BY)[number];

// Apart for every kind of colour vision (Okabe and Ito); more values than these share the last grey.
const PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"];
const OTHERS = "#8a8f98";
const COLD = [68, 119, 170] as const;
const HOT = [238, 102, 51] as const;

/** A colour and what it stands for; `value` null: nobody knows. */
export interface Swatch {
  colour: string;
  value: string | null;
}

export interface Colouring {
  /** One colour an image. */
  colours: string[];
  swatches: Swatch[];
  /** The swatches are the ends of a scale. */
  isScale: boolean;
}

export function colouringOf(data: PoolMapData, by: ColourBy): Colouring {
  if (by === "score") return byScore(data.score);
  if (by === "label") {
    const labels = [...new Set(data.label)] as Label[];
    return {
      colours: data.label.map((label) => LABEL_COLOURS[label as Label]),
      swatches: labels.map((label) => ({ colour: LABEL_COLOURS[label], value: label })),
      isScale: false,
    };
  }
  return byValue(by === "mode" ? data.mode.map((mode) => mode?.toString() ?? "") : data.camera);
}

/** The commonest values get colours of their own. */
function byValue(values: readonly string[]): Colouring {
  const counts = new Map<string, number>();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).slice(0, PALETTE.length);
  const colourOf = new Map(common.map(([value], number) => [value, PALETTE[number]!]));
  const colours = values.map((value) => colourOf.get(value) ?? OTHERS);
  const swatches: Swatch[] = common.map(([value]) => ({ colour: colourOf.get(value)!, value }));
  if (colours.includes(OTHERS)) swatches.push({ colour: OTHERS, value: null });
  return { colours, swatches, isScale: false };
}

function byScore(scores: readonly (number | null)[]): Colouring {
  const known = scores.filter((score) => score !== null);
  const low = known.reduce((a, b) => Math.min(a, b), Infinity);
  const high = known.reduce((a, b) => Math.max(a, b), -Infinity);
  const colours = scores.map((score) =>
    score === null ? OTHERS : between(high > low ? (score - low) / (high - low) : 0),
  );
  const swatches = known.length
    ? [
        { colour: between(0), value: String(low) },
        { colour: between(1), value: String(high) },
      ]
    : [{ colour: OTHERS, value: null }];
  return { colours, swatches, isScale: known.length > 0 };
}

function between(share: number): string {
  const mixed = COLD.map((cold, channel) => Math.round(cold + (HOT[channel]! - cold) * share));
  return `rgb(${mixed.join(" ")})`;
}

/** A canvas knows no CSS variables: each `var(--name)` as it is where the canvas stands. */
export function asCanvasReads(canvas: Element, colours: readonly string[]): string[] {
  const style = getComputedStyle(canvas);
  const known = new Map<string, string>();
  for (const colour of new Set(colours)) {
    const name = /^var\((--[^)]+)\)$/.exec(colour)?.[1];
    known.set(colour, name ? style.getPropertyValue(name) : colour);
  }
  return colours.map((colour) => known.get(colour)!);
}
