import { Paper, Stack, Tabs, Title } from "@mantine/core";
import { IconFolder, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { tellFailure } from "@/components/feedback/notices";
import { Page } from "@/components/layout/Page";
import type { UploadProgress } from "@/lib/api/upload";
import { useMay } from "@/lib/data/session";

import { DefaultsFields } from "./DefaultsFields";
import { DeliveryList } from "./DeliveryList";
import { FolderForm } from "./FolderForm";
import { UploadArea } from "./UploadArea";
import { useSendImport, type Defaults, type Source } from "./useImports";

/** Bring images in: dropped files, folders and archives, or a folder that the server can see. */
export function ImportPage() {
  const { t } = useTranslation("imports");
  const datasetId = useParams()["datasetId"]!;
  const mayWrite = useMay("write");
  return (
    <Page title={t("title")} description={t("description")} maxWidth_px={1100}>
      {mayWrite ? (
        <NewImport datasetId={datasetId} />
      ) : (
        <EmptyState icon={<IconUpload size={28} />} title={t("notAllowed")}>
          {t("notAllowedHint")}
        </EmptyState>
      )}
      <Stack component="section" gap="sm">
        <Title order={2} size="h4">
          {t("earlier")}
        </Title>
        <DeliveryList datasetId={datasetId} />
      </Stack>
    </Page>
  );
}

function NewImport({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("imports");
  const navigate = useNavigate();
  const send = useSendImport(datasetId);
  const [defaults, setDefaults] = useState<Defaults>({});
  const [progress, setProgress] = useState<UploadProgress | null>(null);
  const [stop, setStop] = useState<AbortController | null>(null);
  const start = (source: Source) => {
    const controller = new AbortController();
    setStop(controller);
    setProgress({ sent_bytes: 0, total_bytes: 0 });
    send.mutate(
      { source, defaults, onProgress: setProgress, signal: controller.signal },
      {
        onSuccess: (delivery) => void navigate(`/datasets/${datasetId}/import/${delivery.id}`),
        onError: tellFailure,
        onSettled: () => setProgress(null),
      },
    );
  };
  return (
    <Paper withBorder p="lg" radius="md">
      <Stack>
        <Tabs defaultValue="upload" keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="upload" leftSection={<IconUpload size={16} />}>
              {t("upload")}
            </Tabs.Tab>
            <Tabs.Tab value="folder" leftSection={<IconFolder size={16} />}>
              {t("folder")}
            </Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="upload">
            <UploadArea progress={progress} onSend={start} onStop={() => stop?.abort()} />
          </Tabs.Panel>
          <Tabs.Panel value="folder">
            <FolderForm busy={send.isPending} onSend={start} />
          </Tabs.Panel>
        </Tabs>
        <DefaultsFields value={defaults} onChange={setDefaults} disabled={send.isPending} />
      </Stack>
    </Paper>
  );
}
