import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { Loaded } from "@/components/feedback/Loaded";
import { Page } from "@/components/layout/Page";
import { useMay } from "@/lib/data/session";

import { GenerationForm } from "./GenerationForm";
import { GenerationList } from "./GenerationList";
import { optionsQuery } from "./useRepair";

/** Start a generation of normals, and see earlier ones. */
export function RepairPage() {
  const { t } = useTranslation("repair");
  const datasetId = useParams()["datasetId"]!;
  const schema = useQuery(optionsQuery);
  const mayWrite = useMay("write");
  return (
    <Page title={t("title")} description={t("description")} maxWidth_px={1100}>
      {mayWrite && (
        <Loaded query={schema}>{(data) => <GenerationForm datasetId={datasetId} schema={data} />}</Loaded>
      )}
      <Stack component="section" gap="sm">
        <Title order={2} size="h4">
          {t("runs")}
        </Title>
        <GenerationList datasetId={datasetId} />
      </Stack>
    </Page>
  );
}
