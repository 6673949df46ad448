import { ActionIcon, Anchor, Button, Indicator, Popover, RingProgress, Stack, Text } from "@mantine/core";
import { IconListDetails } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { JobProgress } from "@/components/jobs/JobProgress";
import { isRunning, recentJobsQuery } from "@/lib/data/jobs";
import type { Job } from "@/lib/data/types";

/** What runs right now, always in sight. */
export function JobIndicator({ rail }: { rail: boolean }) {
  const { t } = useTranslation();
  const { data: jobs = [] } = useQuery(recentJobsQuery);
  const running = jobs.filter(isRunning);
  if (running.length === 0) return null;
  const label = t("nav.running", { count: running.length });
  const mean = running.reduce((sum, job) => sum + job.fraction, 0) / running.length;
  return (
    <Popover position="right-end" width={320} withArrow>
      <Popover.Target>
        {rail ? (
          <Indicator label={running.length} size={15} mx="auto" mb={6}>
            <ActionIcon variant="subtle" size={36} aria-label={label}>
              <IconListDetails size={18} />
            </ActionIcon>
          </Indicator>
        ) : (
          <Button
            variant="subtle"
            fullWidth
            justify="flex-start"
            px={8}
            leftSection={
              <RingProgress size={26} thickness={4} sections={[{ value: mean * 100, color: "signal" }]} />
            }
          >
            {label}
          </Button>
        )}
      </Popover.Target>
      <Popover.Dropdown>
        <RunningJobs jobs={running} />
      </Popover.Dropdown>
    </Popover>
  );
}

function RunningJobs({ jobs }: { jobs: Job[] }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      {jobs.slice(0, 5).map((job) => (
        <div key={job.id}>
          <Text size="sm" fw={600} truncate>
            {job.title}
          </Text>
          <JobProgress job={job} />
        </div>
      ))}
      <Anchor component={Link} to="/jobs" size="sm">
        {t("nav.allJobs")}
      </Anchor>
    </Stack>
  );
}
