import { Paper, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatCount, formatDuration, formatFigure } from "@/components/format";
import type { TrainingReport } from "@/lib/data/types";

/** How long the network was trained, and what share of the published schedule that is. */
export function RunReport({ report }: { report: TrainingReport }) {
  const { t } = useTranslation("training");
  const isCut = report.steps < report.planned_steps;
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        {t("report")}
      </Title>
      <Text size="sm">
        {t(isCut ? "reportCut" : "reportWhole", {
          steps: formatCount(report.steps),
          planned: formatCount(report.planned_steps),
          duration: formatDuration(report.seconds),
          share: formatFigure(100 * report.share_of_paper),
        })}
      </Text>
      {typeof report.kept_step === "number" && (
        <Text size="sm">{t("reportKept", { step: formatCount(report.kept_step) })}</Text>
      )}
      <Text size="sm" c="dimmed">
        {Object.entries(report.losses)
          .map(([name, value]) => `${name} ${formatFigure(value)}`)
          .join(" · ")}
      </Text>
    </Paper>
  );
}
