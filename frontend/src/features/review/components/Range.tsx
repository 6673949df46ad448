import { useEffect, useRef, type CSSProperties } from "react";

import classes from "./Range.module.css";

/** The scale of a slider. */
export interface RangeScale {
  min: number;
  max: number;
  step: number;
}

interface RangeProps extends RangeScale {
  label: string;
  value: number;
  /** The value in words, for a screen reader. */
  shown: string;
  /** A value worth finding again, as a tick on the track. */
  mark?: number | undefined;
  onChange: (value: number) => void;
}

/**
 * A slider: the browser's own, which costs nothing while it is dragged.
 *
 * `value` is where it stands; between two renders it may move further, by hand or by `placeRange`.
 */
export function Range({ label, value, shown, mark, onChange, ...scale }: RangeProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current) placeRange(input.current, value, shown);
  }, [value, shown, scale.min, scale.max]);
  return (
    <div className={classes.range}>
      {mark !== undefined && <span className={classes.mark} style={styleAt(mark, scale)} aria-hidden />}
      <input
        ref={input}
        type="range"
        className={classes.input}
        aria-label={label}
        defaultValue={value}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
        {...scale}
      />
    </div>
  );
}

/** Moves a slider without a render. */
export function placeRange(input: HTMLInputElement, value: number, shown: string): void {
  // While it is dragged it stands there already: written again, the browser would round the hand's place away.
  if (Math.abs(input.valueAsNumber - value) > Number(input.step) / 2) input.valueAsNumber = value;
  input.setAttribute("aria-valuetext", shown);
  input.style.setProperty(
    "--part",
    String(partOf(value, { min: Number(input.min), max: Number(input.max) })),
  );
}

function styleAt(value: number, scale: Pick<RangeScale, "min" | "max">): CSSProperties {
  return { "--part": partOf(value, scale) } as CSSProperties;
}

function partOf(value: number, { min, max }: Pick<RangeScale, "min" | "max">): number {
  return max > min ? Math.min(1, Math.max(0, (value - min) / (max - min))) : 0;
}
