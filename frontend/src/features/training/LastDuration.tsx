import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { formatDuration } from "@/components/format";
import { presetIn } from "@/components/schemaForm/presets";

import { runsQuery } from "./useRuns";

interface LastDurationProps {
  datasetId: string;
  detector: string;
  preset: string;
}

/** How long the last such run on this dataset took: the best guess for the next one. */
export function LastDuration({ datasetId, detector, preset }: LastDurationProps) {
  const { t } = useTranslation("training");
  const { data: runs } = useQuery(runsQuery(datasetId));
  const last = runs?.find(
    (run) =>
      run.detector === detector && presetIn(run.hyperparameters) === preset && run.job.state === "succeeded",
  );
  if (!last?.job.started_at || !last.job.finished_at) return null;
  const seconds = (Date.parse(last.job.finished_at) - Date.parse(last.job.started_at)) / 1000;
  return (
    <Text size="sm" c="dimmed">
      {t("lastTook", { duration: formatDuration(seconds) })}
    </Text>
  );
}
