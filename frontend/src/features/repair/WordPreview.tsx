import { Alert, Paper, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";

import { Loaded } from "@/components/feedback/Loaded";
import { JobProgress, JobStateBadge } from "@/components/jobs/JobProgress";
import { jobQuery } from "@/lib/data/jobs";

import { WordTable } from "./WordTable";
import type { GenerationWord } from "./useRepair";

interface Found {
  words?: GenerationWord[];
  warnings?: string[];
}

interface WordPreviewProps {
  jobId: string;
  onUse: (prompt: string) => void;
}

/** The words of a keyword, as soon as a worker has found them. */
export function WordPreview({ jobId, onUse }: WordPreviewProps) {
  const job = useQuery({ ...jobQuery(jobId), refetchInterval: ({ state }) => pollUntilFound(state.data) });
  return (
    <Loaded query={job}>
      {(data) => {
        const { words, warnings = [] } = data.result as Found;
        return (
          <Paper withBorder p="md">
            {words ? (
              <Stack>
                {warnings.map((warning) => (
                  <Alert key={warning} color="yellow" variant="light" icon={<IconAlertTriangle size={18} />}>
                    {warning}
                  </Alert>
                ))}
                <WordTable words={words} onUse={onUse} />
              </Stack>
            ) : (
              <Stack gap="xs">
                <JobStateBadge job={data} />
                <JobProgress job={data} />
              </Stack>
            )}
          </Paper>
        );
      }}
    </Loaded>
  );
}

const POLL_MS = 1500;

/** News of a job's end do not carry its result, so the row itself is asked for until it has one. */
function pollUntilFound(job: { state: string; result: unknown } | undefined): number | false {
  const failed = job?.state === "failed" || job?.state === "cancelled";
  return job && !failed && !(job.result as Found).words ? POLL_MS : false;
}
