import { Anchor, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { JobProgress, JobStateBadge } from "@/components/jobs/JobProgress";

import type { GenerationRun, Report } from "./useRepair";

/** How far the two trainings and their comparison are. */
export function ReportProgress({ report, run }: { report: Report; run: GenerationRun }) {
  const { t } = useTranslation("repair");
  const trainings = [
    { key: "trainingWithout", training: report.without },
    { key: "trainingWith", training: report.with_generated },
  ] as const;
  return (
    <Stack gap="md">
      {trainings.map(({ key, training }) => (
        <Stack key={key} gap={4}>
          <Group gap="xs">
            <Anchor component={Link} size="sm" to={`/datasets/${run.dataset}/train/${training.id}`}>
              {t(key)}
            </Anchor>
            <JobStateBadge job={training.job} />
          </Group>
          <JobProgress job={training.job} />
        </Stack>
      ))}
      {report.job && (
        <Stack gap={4}>
          <Group gap="xs">
            <Text size="sm">{t("comparing")}</Text>
            <JobStateBadge job={report.job} />
          </Group>
          <JobProgress job={report.job} />
        </Stack>
      )}
    </Stack>
  );
}
