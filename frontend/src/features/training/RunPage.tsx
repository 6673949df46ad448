import { Alert, Button, Group, Paper, Stack } from "@mantine/core";
import { IconAlertTriangle, IconTrophy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { Loaded } from "@/components/feedback/Loaded";
import { CancelJobButton } from "@/components/jobs/CancelJobButton";
import { JobLog } from "@/components/jobs/JobLog";
import { JobProgress, JobStateBadge } from "@/components/jobs/JobProgress";
import { Page } from "@/components/layout/Page";
import { jobQuery } from "@/lib/data/jobs";
import { runQuery } from "@/lib/data/trainingRuns";
import type { TrainingRunDetail } from "@/lib/data/types";

import { RunCurves } from "./RunCurves";
import { RunReport } from "./RunReport";
import { RunSettings } from "./RunSettings";
import { RunStrips } from "./RunStrips";

/** One training run, live: progress, curves, example pictures, log, and the model that came of it. */
export function RunPage() {
  const { t } = useTranslation("training");
  const { datasetId, runId } = useParams();
  const run = useQuery(runQuery(runId!));
  return (
    <Page
      title={run.data?.job.title ?? t("run")}
      actions={run.data && <CancelJobButton job={run.data.job} />}
      maxWidth_px={1000}
    >
      <Loaded query={run}>{(data) => <RunDetails run={data} datasetId={datasetId!} />}</Loaded>
    </Page>
  );
}

function RunDetails({ run, datasetId }: { run: TrainingRunDetail; datasetId: string }) {
  const { t } = useTranslation("training");
  const live = useQuery(jobQuery(run.job.id));
  const job = live.data ?? run.job;
  return (
    <Stack>
      <Paper withBorder p="md">
        <Group mb="sm" justify="space-between">
          <JobStateBadge job={job} />
          {run.model_version && (
            <Button
              component={Link}
              to={`/datasets/${datasetId}/models`}
              size="xs"
              leftSection={<IconTrophy size={16} />}
            >
              {t("seeModel")}
            </Button>
          )}
        </Group>
        <JobProgress job={job} />
      </Paper>
      {(run.warnings as string[]).map((warning) => (
        <Alert key={warning} color="yellow" variant="light" icon={<IconAlertTriangle size={18} />}>
          {warning}
        </Alert>
      ))}
      {run.report && <RunReport report={run.report} />}
      {run.curves.length > 0 && <RunCurves curves={run.curves} />}
      {run.strips.length > 0 && <RunStrips strips={run.strips} />}
      <JobLog text={live.data?.log_tail ?? ""} />
      <RunSettings run={run} />
    </Stack>
  );
}
