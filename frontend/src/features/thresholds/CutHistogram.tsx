import { memo, useRef, type KeyboardEvent, type PointerEvent } from "react";

import { formatDecimal } from "@/components/format";

import type { Histogram } from "./histogram";
import classes from "./thresholds.module.css";

const WIDTH = 960;
const HEIGHT = 240;
const MIDDLE = HEIGHT / 2;
const STEPS = 500;
const LARGE = 10;

/** A line that can be dragged along the scores. */
export interface CutLine {
  id: string;
  /** Short, on the line. */
  mark: string;
  /** Said to a screen reader. */
  label: string;
  value: number;
  /** Where the saved threshold lies; null: there is none. */
  saved: number | null;
}

interface CutHistogramProps {
  label: string;
  /** What the two colours are. */
  caption: string;
  histogram: Histogram;
  lines: readonly CutLine[];
  onMove: (id: string, value: number) => void;
}

/** Scores of normal images upwards, of defective ones downwards, and the thresholds as lines to drag. */
export function CutHistogram({ label, caption, histogram, lines, onMove }: CutHistogramProps) {
  const host = useRef<HTMLDivElement>(null);
  // Measured when a drag begins: asked for at each move, it would have the page laid out again each time.
  const measured = useRef<DOMRect | null>(null);
  const { from, to } = histogram;
  const valueAt = (clientX: number, begins: boolean): number => {
    if (begins || !measured.current) measured.current = host.current!.getBoundingClientRect();
    const box = measured.current;
    return from + Math.min(1, Math.max(0, (clientX - box.left) / box.width)) * (to - from);
  };
  return (
    <figure className={classes["figure"]} aria-label={label}>
      <div ref={host} className={classes["plot"]}>
        <Bars histogram={histogram} />
        {lines.map((line) => (
          <Handle
            key={line.id}
            line={line}
            histogram={histogram}
            onDrag={(clientX, begins) => onMove(line.id, valueAt(clientX, begins))}
            onKey={(value) => onMove(line.id, value)}
          />
        ))}
      </div>
      <figcaption className={classes["axis"]}>
        <span>{formatDecimal(from)}</span>
        <span>{caption}</span>
        <span>{formatDecimal(to)}</span>
      </figcaption>
    </figure>
  );
}

/** Drawn once: dragging a line must not draw the bars again. */
const Bars = memo(function Bars({ histogram: { normal, defective } }: { histogram: Histogram }) {
  // A square root keeps the few defects visible beside thousands of normal images.
  const most = Math.sqrt(Math.max(...normal, ...defective, 1));
  const width = WIDTH / normal.length;
  const height = (count: number): number => (Math.sqrt(count) / most) * (MIDDLE - 10);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={classes["bars"]}
      aria-hidden
    >
      {Array.from(normal, (count, bin) => (
        <g key={bin}>
          <rect
            className={classes["normal"]}
            x={bin * width}
            width={width - 1}
            y={MIDDLE - height(count)}
            height={height(count)}
          />
          <rect
            className={classes["defective"]}
            x={bin * width}
            width={width - 1}
            y={MIDDLE}
            height={height(defective[bin]!)}
          />
        </g>
      ))}
      <line x1={0} x2={WIDTH} y1={MIDDLE} y2={MIDDLE} className={classes["middle"]} />
    </svg>
  );
});

interface HandleProps {
  line: CutLine;
  histogram: Histogram;
  onDrag: (clientX: number, begins: boolean) => void;
  onKey: (value: number) => void;
}

function Handle({ line, histogram: { from, to }, onDrag, onKey }: HandleProps) {
  const left = (value: number): string => `${(100 * (value - from)) / (to - from)}%`;
  const onPointer = (event: PointerEvent<HTMLElement>): void => {
    const begins = event.type === "pointerdown";
    if (begins) event.currentTarget.setPointerCapture(event.pointerId);
    if (event.currentTarget.hasPointerCapture(event.pointerId)) onDrag(event.clientX, begins);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = valueAfter(event, line.value, from, to);
    if (next === null) return;
    event.preventDefault();
    onKey(Math.min(to, Math.max(from, next)));
  };
  return (
    <>
      {line.saved !== null && line.saved !== line.value && (
        <span className={classes["ghost"]} style={{ left: left(line.saved) }} aria-hidden />
      )}
      <span
        role="slider"
        tabIndex={0}
        className={classes["handle"]}
        data-cut={line.id}
        style={{ left: left(line.value) }}
        aria-label={line.label}
        aria-valuemin={from}
        aria-valuemax={to}
        aria-valuenow={line.value}
        aria-valuetext={formatDecimal(line.value)}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
        onKeyDown={onKeyDown}
      >
        <span className={classes["mark"]} style={{ transform: `translateX(-${left(line.value)})` }}>
          {line.mark}
        </span>
      </span>
    </>
  );
}

/** Arrows move by a five-hundredth of the range, with Shift or by page ten times as far. */
function valueAfter(event: KeyboardEvent, value: number, from: number, to: number): number | null {
  const step = ((to - from) / STEPS) * (event.shiftKey ? LARGE : 1);
  switch (event.key) {
    case "ArrowRight":
    case "ArrowUp":
      return value + step;
    case "ArrowLeft":
    case "ArrowDown":
      return value - step;
    case "PageUp":
      return value + LARGE * step;
    case "PageDown":
      return value - LARGE * step;
    case "Home":
      return from;
    case "End":
      return to;
    default:
      return null;
  }
}
