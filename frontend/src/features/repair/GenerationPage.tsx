import { Alert, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { curvesByStage } from "@/components/charts/curves";
import { LazyCurveChart } from "@/components/charts/LazyCurveChart";
import { Loaded } from "@/components/feedback/Loaded";
import { tellFailure } from "@/components/feedback/notices";
import { CancelJobButton } from "@/components/jobs/CancelJobButton";
import { JobLog } from "@/components/jobs/JobLog";
import { JobProgress, JobStateBadge } from "@/components/jobs/JobProgress";
import { Page } from "@/components/layout/Page";
import { jobQuery } from "@/lib/data/jobs";
import { useMay } from "@/lib/data/session";

import { BestSet } from "./BestSet";
import { CandidateSection } from "./CandidateSection";
import { ReportSection } from "./ReportSection";
import { generationQuery, useResume, type GenerationRunDetail } from "./useRepair";
import { WordTable } from "./WordTable";

/** One generation: its words, the best set as it improves, the candidates, and what they changed. */
export function GenerationPage() {
  const { t } = useTranslation("repair");
  const run = useQuery(generationQuery(useParams()["runId"]!));
  return (
    <Page
      title={run.data?.job.title ?? t("run")}
      description={
        run.data &&
        t("madeFrom", { count: run.data.source_count, prompt: run.data.prompt || run.data.keyword })
      }
      actions={run.data && <RunActions run={run.data} />}
      maxWidth_px={1100}
    >
      <Loaded query={run}>{(data) => <Generation run={data} />}</Loaded>
    </Page>
  );
}

function RunActions({ run }: { run: GenerationRunDetail }) {
  const { t } = useTranslation("repair");
  const live = useQuery(jobQuery(run.job.id));
  const job = live.data ?? run.job;
  const resume = useResume();
  const mayWrite = useMay("write");
  if (!mayWrite || !["cancelled", "failed"].includes(job.state)) return <CancelJobButton job={job} />;
  return (
    <Button
      size="xs"
      leftSection={<IconPlayerPlay size={16} />}
      loading={resume.isPending}
      onClick={() => resume.mutate(run.id, { onError: tellFailure })}
    >
      {t("resume")}
    </Button>
  );
}

function Generation({ run }: { run: GenerationRunDetail }) {
  const live = useQuery(jobQuery(run.job.id));
  const job = live.data ?? run.job;
  const decided = run.waiting + run.approved + run.rejected > 0;
  return (
    <Stack gap="lg">
      <Paper withBorder p="md">
        <Group mb="sm">
          <JobStateBadge job={job} />
        </Group>
        <JobProgress job={job} />
      </Paper>
      {(run.warnings as string[]).map((warning) => (
        <Alert key={warning} color="yellow" variant="light" icon={<IconAlertTriangle size={18} />}>
          {warning}
        </Alert>
      ))}
      {decided && <CandidateSection run={run} />}
      {decided && <ReportSection run={run} />}
      {run.iterations.length > 0 && <BestSet run={run} />}
      {run.words.length > 0 && <WordTable words={run.words} />}
      <Losses run={run} />
      <JobLog text={live.data?.log_tail ?? ""} />
    </Stack>
  );
}

function Losses({ run }: { run: GenerationRunDetail }) {
  const { t } = useTranslation("repair");
  return curvesByStage(run.curves).map(({ stage, points }) => (
    <Stack key={stage} component="section" gap="xs">
      <Title order={2} size="h5">
        {t("losses")}
      </Title>
      <Text component="div" size="sm">
        <LazyCurveChart label={t("losses")} points={points} axis="step" />
      </Text>
    </Stack>
  ));
}
