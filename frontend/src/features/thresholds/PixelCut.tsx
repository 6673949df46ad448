import { Paper, Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { CutHistogram } from "./CutHistogram";
import type { Histogram } from "./histogram";
import type { PixelTotals } from "./pixelRates";

interface PixelCutProps {
  totals: PixelTotals;
  value: number | null;
  saved: number | null;
  onMove: (id: string, value: number) => void;
}

/** Pixels inside and outside of drawn defects by score, and the threshold between them. */
export function PixelCut({ totals, value, saved, onMove }: PixelCutProps) {
  const { t } = useTranslation("thresholds");
  const histogram = useMemo(() => histogramOfPixels(totals), [totals]);
  const lines = [
    { id: "pixel", mark: t("pixelMark"), label: t("pixelThreshold"), value: value ?? totals.top, saved },
  ];
  return (
    <Paper withBorder p="md" radius="md">
      <Title order={2} size="h5">
        {t("pixels", { count: totals.imageScores.length })}
      </Title>
      <CutHistogram
        label={t("pixelHistogram.label")}
        caption={t("pixelHistogram.caption")}
        histogram={histogram}
        lines={lines}
        onMove={onMove}
      />
    </Paper>
  );
}

function histogramOfPixels(totals: PixelTotals): Histogram {
  const all = totals.imageScores.length * totals.bins;
  const row = (counts: Float64Array): Float64Array => counts.slice(all, all + totals.bins);
  return { from: 0, to: totals.top, normal: row(totals.normal), defective: row(totals.defect) };
}
