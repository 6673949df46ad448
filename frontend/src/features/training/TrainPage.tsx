import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { Loaded } from "@/components/feedback/Loaded";
import { Page } from "@/components/layout/Page";
import { detectorsQuery } from "@/lib/data/models";
import { useMay } from "@/lib/data/session";

import { RunForm } from "./RunForm";
import { RunList } from "./RunList";

/** Train a detector on the dataset as it is now, and see earlier runs. */
export function TrainPage() {
  const { t } = useTranslation("training");
  const datasetId = useParams()["datasetId"]!;
  const detectors = useQuery(detectorsQuery);
  const mayWrite = useMay("write");
  return (
    <Page title={t("title")} description={t("description")} maxWidth_px={1100}>
      {mayWrite && (
        <Loaded query={detectors}>{(list) => <RunForm datasetId={datasetId} detectors={list} />}</Loaded>
      )}
      <Stack component="section" gap="sm">
        <Title order={2} size="h4">
          {t("runs")}
        </Title>
        <RunList datasetId={datasetId} />
      </Stack>
    </Page>
  );
}
