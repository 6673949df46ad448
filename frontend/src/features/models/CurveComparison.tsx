import { Paper, SegmentedControl, Stack, Title } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { curvesByStage, lossNames, sideBySide, type StageCurve } from "@/components/charts/curves";
import { LazyCurveChart } from "@/components/charts/LazyCurveChart";
import { runQuery } from "@/lib/data/trainingRuns";
import type { Model } from "@/lib/data/types";

interface Training {
  name: string;
  stages: StageCurve[];
}

/** The losses of two models over their steps, stage by stage; nothing where neither trained a network. */
export function CurveComparison({ models }: { models: Model[] }) {
  const { t } = useTranslation("models");
  const runs = useQueries({ queries: models.map((model) => runQuery(model.run)) });
  const trainings = models.map((model, index): Training => ({
    name: t("number", { number: model.number }),
    stages: curvesByStage(runs[index]?.data?.curves ?? []),
  }));
  const stages = [...new Set(trainings.flatMap((training) => training.stages.map(({ stage }) => stage)))];
  if (stages.length === 0) return null;
  return (
    <Stack component="section" gap="sm">
      <Title order={2} size="h4">
        {t("losses")}
      </Title>
      {stages.map((stage) => (
        <StageComparison key={stage} stage={stage} trainings={trainings} />
      ))}
    </Stack>
  );
}

function StageComparison({ stage, trainings }: { stage: string; trainings: Training[] }) {
  const { t } = useTranslation("models");
  const curves = trainings.map(({ name, stages }) => ({
    name,
    points: stages.find((one) => one.stage === stage)?.points ?? [],
  }));
  const losses = lossNames(curves.flatMap(({ points }) => points));
  const [chosen, setChosen] = useState(losses[0] ?? "");
  const label = t("lossOf", { loss: chosen, stage });
  return (
    <Paper withBorder p="md">
      <Title order={3} size="h6">
        {stage}
      </Title>
      {losses.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label={t("lossesOf", { stage })}
          data={losses}
          value={chosen}
          onChange={setChosen}
        />
      )}
      <LazyCurveChart label={label} points={sideBySide(curves, chosen)} axis="step" />
    </Paper>
  );
}
