import { Badge, Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatDuration } from "@/components/format";
import { isRunning } from "@/lib/data/jobs";
import type { Job } from "@/lib/data/types";

/** The part of a job that shows how far it is; lists carry no more. */
export type JobLook = Pick<Job, "state"> &
  Partial<Pick<Job, "title" | "fraction" | "message" | "eta_s" | "error_detail" | "cancel_requested_at">>;

const COLOURS: Record<Job["state"], string> = {
  queued: "gray",
  running: "signal",
  succeeded: "signal",
  failed: "red",
  cancelled: "gray",
};

/** The state of a job as a word in its colour. */
export function JobStateBadge({ job }: { job: JobLook }) {
  const { t } = useTranslation();
  const stopping = isRunning(job) && job.cancel_requested_at;
  return (
    <Badge color={COLOURS[job.state]} variant={job.state === "running" ? "filled" : "light"} size="sm">
      {t(stopping ? "job.stopping" : `job.${job.state}`)}
    </Badge>
  );
}

/** How far a job is: bar, sentence, time left; or why it failed. Of one that is done there is nothing to say. */
export function JobProgress({ job }: { job: JobLook }) {
  const { t } = useTranslation();
  const percent = Math.round((job.fraction ?? 0) * 100);
  const failed = job.state === "failed";
  if (job.state === "succeeded") return null;
  return (
    <Stack gap={4}>
      {isRunning(job) && (
        <Progress
          value={percent}
          animated={job.state === "running"}
          striped={job.state === "running"}
          aria-label={job.title ?? t("nav.jobs")}
        />
      )}
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="xs" c={failed ? "red" : "dimmed"} lineClamp={2}>
          {failed ? job.error_detail : job.message}
        </Text>
        {isRunning(job) && (
          <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
            {job.eta_s == null
              ? `${percent} %`
              : t("job.percentAndLeft", { percent, left: formatDuration(job.eta_s) })}
          </Text>
        )}
      </Group>
    </Stack>
  );
}
