import { Group, Paper, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { formatDuration, formatMoment } from "@/components/format";
import { Loaded } from "@/components/feedback/Loaded";
import { CancelJobButton } from "@/components/jobs/CancelJobButton";
import { JobLog } from "@/components/jobs/JobLog";
import { JobProgress, JobStateBadge } from "@/components/jobs/JobProgress";
import { Page } from "@/components/layout/Page";
import { jobQuery } from "@/lib/data/jobs";
import type { JobDetail } from "@/lib/data/types";

/** One job: how far it is, what it said, what came of it. */
export function JobPage() {
  const { t } = useTranslation("jobs");
  const job = useQuery(jobQuery(useParams()["jobId"]!));
  return (
    <Page
      title={job.data?.title ?? t("job")}
      actions={job.data && <CancelJobButton job={job.data} />}
      maxWidth_px={1000}
    >
      <Loaded query={job}>{(data) => <JobDetails job={data} />}</Loaded>
    </Page>
  );
}

function JobDetails({ job }: { job: JobDetail }) {
  const { t } = useTranslation("jobs");
  const facts: [string, string][] = [
    ["created", formatMoment(job.created_at)],
    ["started", formatMoment(job.started_at)],
    ["finished", formatMoment(job.finished_at)],
    ["duration", formatDuration(seconds(job))],
    ["attempt", String(job.attempt)],
    ["queue", job.queue],
  ];
  return (
    <Stack>
      <Paper withBorder p="md">
        <Group mb="sm">
          <JobStateBadge job={job} />
        </Group>
        <JobProgress job={job} />
      </Paper>
      <Table withRowBorders={false} verticalSpacing={4}>
        <Table.Tbody>
          {facts.map(([key, value]) => (
            <Table.Tr key={key}>
              <Table.Th w={140} fw={400} c="dimmed">
                {t(key)}
              </Table.Th>
              <Table.Td>
                <Text size="sm">{value}</Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <JobLog text={job.log_tail} />
    </Stack>
  );
}

function seconds(job: JobDetail): number | null {
  if (!job.started_at || !job.finished_at) return null;
  return (new Date(job.finished_at).getTime() - new Date(job.started_at).getTime()) / 1000;
}
