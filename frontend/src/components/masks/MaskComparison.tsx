import { Group, Text } from "@mantine/core";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";

import { formatCount } from "@/components/format";

import classes from "./masks.module.css";
import { differenceOf, eachStrip, pixelsOf, type Difference, type Runs } from "./runs";

const LONGEST_SIDE_PX = 1024;
const PARTS = ["both", "onlyFirst", "onlySecond"] as const;
// Told apart without red and green.
const COLOURS = { both: "#ffffffb0", onlyFirst: "#3b9dffc8", onlySecond: "#ffa630c8" };

interface MaskComparisonProps {
  imageUrl: string;
  widthPx: number;
  heightPx: number;
  first: Runs;
  second: Runs;
  /** What the two masks are called; empty: there is none on this side. */
  firstName: string;
  secondName: string;
}

/** Two masks over their image: what both have, and what only one of them has. */
export function MaskComparison({
  imageUrl,
  widthPx,
  heightPx,
  first,
  second,
  ...names
}: MaskComparisonProps) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const difference = useMemo(() => differenceOf(first, second), [first, second]);
  useEffect(() => {
    if (canvas.current) draw(canvas.current, difference, widthPx, heightPx);
  }, [difference, widthPx, heightPx]);
  const { firstName, secondName } = names;
  const areTwo = firstName !== "" && secondName !== "";
  const labels = {
    both: areTwo && t("masks.both"),
    onlyFirst: areTwo ? t("masks.only", { name: firstName }) : firstName,
    onlySecond: areTwo ? t("masks.only", { name: secondName }) : secondName,
  };
  const legend = PARTS.flatMap((part) => {
    const label = labels[part];
    return label ? [{ part, text: `${label}: ${formatCount(pixelsOf(difference[part]))} px` }] : [];
  });
  return (
    <figure className={classes["comparison"]} aria-label={legend.map(({ text }) => text).join(", ")}>
      <div className={classes["picture"]} style={{ aspectRatio: `${widthPx} / ${heightPx}` }}>
        <img src={imageUrl} alt="" />
        <canvas ref={canvas} data-testid="mask-comparison" />
      </div>
      <Group component="figcaption" gap="md" mt="xs">
        {legend.map(({ part, text }) => (
          <Group key={part} gap={6} wrap="nowrap">
            <span className={classes["swatch"]} style={{ background: COLOURS[part] }} />
            <Text size="xs">{text}</Text>
          </Group>
        ))}
      </Group>
    </figure>
  );
}

function draw(canvas: HTMLCanvasElement, difference: Difference, widthPx: number, heightPx: number): void {
  const shrink = Math.min(1, LONGEST_SIDE_PX / Math.max(widthPx, heightPx));
  canvas.width = Math.max(1, Math.round(widthPx * shrink));
  canvas.height = Math.max(1, Math.round(heightPx * shrink));
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(canvas.width / widthPx, canvas.height / heightPx);
  for (const part of PARTS) {
    context.fillStyle = COLOURS[part];
    eachStrip(difference[part], heightPx, (x, y, length) => context.fillRect(x, y, 1, length));
  }
}
