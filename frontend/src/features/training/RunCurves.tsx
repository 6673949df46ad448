import { Paper, SimpleGrid, Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { curvesByStage } from "@/components/charts/curves";
import { LazyCurveChart } from "@/components/charts/LazyCurveChart";
import type { TrainingRunDetail } from "@/lib/data/types";

/** The losses of a run, a chart for each stage: stages count their steps and losses on scales of their own. */
export function RunCurves({ curves }: Pick<TrainingRunDetail, "curves">) {
  const { t } = useTranslation("training");
  const stages = curvesByStage(curves);
  return (
    <Stack component="section" gap="sm">
      <Title order={2} size="h5">
        {t("curves")}
      </Title>
      <SimpleGrid cols={{ base: 1, md: stages.length > 1 ? 2 : 1 }}>
        {stages.map(({ stage, points }) => (
          <Paper key={stage} withBorder p="md">
            <Title order={3} size="h6">
              {stage}
            </Title>
            <LazyCurveChart label={t("curvesOf", { stage })} points={points} axis="step" />
          </Paper>
        ))}
      </SimpleGrid>
    </Stack>
  );
}
