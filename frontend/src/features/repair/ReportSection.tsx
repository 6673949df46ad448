import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Loaded } from "@/components/feedback/Loaded";
import { tellFailure } from "@/components/feedback/notices";
import { useMay } from "@/lib/data/session";

import { ReportFigures } from "./ReportFigures";
import { ReportProgress } from "./ReportProgress";
import { isUnderWay, reportQuery, useStartReport, type GenerationRun } from "./useRepair";

/** What the approved images changed: asked for, under way, or measured. */
export function ReportSection({ run }: { run: GenerationRun }) {
  const { t } = useTranslation("repair");
  const report = useQuery(reportQuery(run.id));
  const start = useStartReport();
  const mayWrite = useMay("write");
  return (
    <Stack component="section" gap="sm" aria-label={t("report")}>
      <Group justify="space-between" wrap="nowrap">
        <Stack gap={0}>
          <Title order={2} size="h4">
            {t("report")}
          </Title>
          <Text size="sm" c="dimmed">
            {run.pooled === 0 ? t("reportNeeds") : t("reportHint")}
          </Text>
        </Stack>
        {mayWrite && (
          <Button
            size="xs"
            flex="none"
            loading={start.isPending}
            disabled={run.pooled === 0 || isUnderWay(report.data)}
            onClick={() => start.mutate(run.id, { onError: tellFailure })}
          >
            {t("startReport")}
          </Button>
        )}
      </Group>
      <Loaded query={report}>
        {(data) =>
          data && (
            <Paper withBorder p="md">
              {data.figures ? <ReportFigures report={data} /> : <ReportProgress report={data} run={run} />}
            </Paper>
          )
        }
      </Loaded>
    </Stack>
  );
}
