import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatScore } from "../session/scoreScale";

interface ScoreGaugeProps {
  score: number;
  t1: number | null | undefined;
  t2: number | null | undefined;
}

const WIDTH_PX = 132;
const BAND_COLOURS = ["#2f9e78", "#d9a520", "#d9534f"];

/** The image score on the line of the three bands. */
export function ScoreGauge({ score, t1, t2 }: ScoreGaugeProps) {
  const { t } = useTranslation("review");
  if (t1 == null) {
    return (
      <span title={t("score.uncalibrated")} data-testid="image-score">
        {formatScore(score)}
      </span>
    );
  }
  const max = Math.max((t2 ?? t1) * 1.6, score * 1.05);
  const at = (value: number): number => (Math.max(0, value) / max) * WIDTH_PX;
  // T1 takes fewer images than T2, so it can stand alone: then nothing fails by itself.
  const cuts = [`T1 ${formatScore(t1)}`, ...(t2 == null ? [] : [`T2 ${formatScore(t2)}`])];
  const label = [`${t("score.title")} ${formatScore(score)}`, ...cuts].join(" · ");
  const ends = [0, at(t1), at(t2 ?? max), WIDTH_PX];
  return (
    <Tooltip label={label}>
      <svg width={WIDTH_PX + 52} height={22} role="img" aria-label={label} style={{ flex: "none" }}>
        {BAND_COLOURS.map((colour, i) => (
          <rect
            key={colour}
            x={ends[i]}
            y={9}
            width={ends[i + 1]! - ends[i]!}
            height={4}
            fill={colour}
            opacity={0.75}
          />
        ))}
        <path d={`M${at(score)} 7 l-4 -6 h8 z`} fill="#fff" />
        <rect x={at(score) - 0.75} y={7} width={1.5} height={8} fill="#fff" />
        <text x={WIDTH_PX + 8} y={15} fill="currentColor" fontSize={12} data-testid="image-score">
          {formatScore(score)}
        </text>
      </svg>
    </Tooltip>
  );
}
