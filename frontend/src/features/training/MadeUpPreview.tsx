import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPhotoSearch } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/feedback/Failure";
import { JobProgress } from "@/components/jobs/JobProgress";
import { api } from "@/lib/api/client";
import { isRunning, jobQuery } from "@/lib/data/jobs";

import classes from "./MadeUpPreview.module.css";

interface MadeUpPreviewProps {
  datasetId: string;
  detector: string;
  hyperparameters: Record<string, unknown>;
  seed: number;
  disabled: boolean;
}

/** Draws what the detector would learn from with the settings in the form, on the dataset's own images. */
export function MadeUpPreview({ datasetId, detector, hyperparameters, seed, disabled }: MadeUpPreviewProps) {
  const { t } = useTranslation("training");
  const asked = useMutation({
    mutationFn: async () =>
      (
        await api.POST("/api/v1/detectors/{name}/preview/", {
          params: { path: { name: detector } },
          body: { dataset: datasetId, hyperparameters, seed },
        })
      ).data!,
  });
  const live = useQuery({ ...jobQuery(asked.data?.id ?? ""), enabled: Boolean(asked.data) });
  const job = live.data ?? asked.data;
  return (
    <Stack gap="xs">
      <Group>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPhotoSearch size={16} />}
          loading={asked.isPending || (job !== undefined && isRunning(job))}
          disabled={disabled}
          onClick={() => asked.mutate()}
        >
          {t("preview")}
        </Button>
        <Text size="sm" c="dimmed">
          {t("previewHint")}
        </Text>
      </Group>
      {asked.error && <Failure error={asked.error} />}
      {job && job.state !== "succeeded" && <JobProgress job={job} />}
      {job?.state === "succeeded" && (
        <img
          className={classes["sheet"]}
          src={`/api/v1/detectors/${detector}/preview/${job.id}/`}
          alt={t("previewAlt")}
        />
      )}
    </Stack>
  );
}
