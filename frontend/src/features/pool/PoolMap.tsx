import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

import { asCanvasReads } from "./mapColours";
import { frameOf, inside, nearest, type Place } from "./mapGeometry";
import classes from "./pool.module.css";

const DOT_PX = 4;
const REACH_PX = 14;
const STEP_PX = 12;
const LEAST_DRAWN_PX = 8;
const ARROWS: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -STEP_PX, y: 0 },
  ArrowRight: { x: STEP_PX, y: 0 },
  ArrowUp: { x: 0, y: -STEP_PX },
  ArrowDown: { x: 0, y: STEP_PX },
};

interface PoolMapProps {
  label: string;
  xs: readonly number[];
  ys: readonly number[];
  colours: readonly string[];
  selected: ReadonlySet<number>;
  onSelect: (numbers: ReadonlySet<number>) => void;
}

/** Images as dots; drawing around some chooses them, a click the nearest one, Shift adds. */
export function PoolMap({ label, xs, ys, colours, selected, onSelect }: PoolMapProps) {
  const { ref: sizeRef, width, height } = useElementSize<HTMLCanvasElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const merged = useMergedRef(sizeRef, canvas);
  const [lasso, setLasso] = useState<readonly Place[]>([]);
  const [cross, setCross] = useState<Place | null>(null);
  const places = useMemo(() => {
    const frame = frameOf(xs, ys, width, height);
    return xs.map((x, number) => frame.toCanvas({ x, y: ys[number]! }));
  }, [xs, ys, width, height]);

  useEffect(() => {
    if (canvas.current) draw(canvas.current, { width, height, places, colours, selected, lasso, cross });
  }, [width, height, places, colours, selected, lasso, cross]);

  const choose = (numbers: readonly number[], adds: boolean) =>
    onSelect(new Set(adds ? [...selected, ...numbers] : numbers));
  const placeOf = (event: PointerEvent): Place => {
    const box = canvas.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const start = (event: PointerEvent) => {
    canvas.current!.setPointerCapture(event.pointerId);
    setLasso([placeOf(event)]);
  };
  const extend = (event: PointerEvent) => {
    const at = placeOf(event);
    setLasso((drawn) => (drawn.length > 0 ? [...drawn, at] : drawn));
  };
  const finish = (event: PointerEvent) => {
    if (lasso.length === 0) return;
    const isClick = lasso.every((at) => away(at, lasso[0]!) < LEAST_DRAWN_PX);
    const near = nearest(places, placeOf(event), REACH_PX);
    choose(isClick ? (near < 0 ? [] : [near]) : inside(lasso, places), event.shiftKey);
    setLasso([]);
  };
  const press = (event: KeyboardEvent) => {
    const at = cross ?? { x: width / 2, y: height / 2 };
    const arrow = ARROWS[event.key];
    if (arrow) setCross({ x: at.x + arrow.x, y: at.y + arrow.y });
    else if (event.key === " ") choose([nearest(places, at, Infinity)].filter(isFound), event.shiftKey);
    else if (event.key === "Escape") choose([], false);
    else return;
    event.preventDefault();
  };
  return (
    <div className={classes["map"]}>
      <canvas
        ref={merged}
        aria-label={label}
        tabIndex={0}
        onPointerDown={start}
        onPointerMove={extend}
        onPointerUp={finish}
        onPointerCancel={() => setLasso([])}
        onKeyDown={press}
      />
    </div>
  );
}

const away = (a: Place, b: Place) => Math.hypot(a.x - b.x, a.y - b.y);
const isFound = (number: number) => number >= 0;

interface Drawing {
  width: number;
  height: number;
  places: readonly Place[];
  colours: readonly string[];
  selected: ReadonlySet<number>;
  lasso: readonly Place[];
  cross: Place | null;
}

function draw(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const density = globalThis.devicePixelRatio || 1;
  canvas.width = Math.round(drawing.width * density);
  canvas.height = Math.round(drawing.height * density);
  pen.scale(density, density);
  drawDots(pen, { ...drawing, colours: asCanvasReads(canvas, drawing.colours) });
  drawLine(pen, drawing.lasso);
  if (drawing.cross) drawCross(pen, drawing.cross);
}

function drawDots(pen: CanvasRenderingContext2D, { places, colours, selected }: Drawing): void {
  places.forEach(({ x, y }, number) => {
    const chosen = selected.has(number);
    pen.globalAlpha = selected.size > 0 && !chosen ? 0.35 : 0.9;
    pen.fillStyle = colours[number]!;
    pen.beginPath();
    pen.arc(x, y, chosen ? DOT_PX + 2 : DOT_PX, 0, 2 * Math.PI);
    pen.fill();
  });
  pen.globalAlpha = 1;
}

function drawLine(pen: CanvasRenderingContext2D, corners: readonly Place[]): void {
  if (corners.length < 2) return;
  pen.beginPath();
  for (const { x, y } of corners) pen.lineTo(x, y);
  pen.closePath();
  pen.strokeStyle = pen.fillStyle = "#12b886";
  pen.stroke();
  pen.globalAlpha = 0.12;
  pen.fill();
  pen.globalAlpha = 1;
}

function drawCross(pen: CanvasRenderingContext2D, { x, y }: Place): void {
  pen.strokeStyle = "#12b886";
  pen.beginPath();
  pen.moveTo(x - STEP_PX, y);
  pen.lineTo(x + STEP_PX, y);
  pen.moveTo(x, y - STEP_PX);
  pen.lineTo(x, y + STEP_PX);
  pen.stroke();
}
