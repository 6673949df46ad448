import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import "@mantine/dropzone/styles.css";
import { IconFileUpload, IconFolderUp } from "@tabler/icons-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

import { formatCount } from "@/components/format";
import type { UploadProgress } from "@/lib/api/upload";

import type { Source } from "./useImports";

interface UploadAreaProps {
  /** null while nothing is being sent. */
  progress: UploadProgress | null;
  onSend: (source: Source) => void;
  onStop: () => void;
}

const isArchive = (file: File) => file.name.toLowerCase().endsWith(".zip");

/** One archive goes as it is; anything else goes file by file, with its folders. */
export function sourceOf(files: readonly File[]): Source | null {
  if (files.length === 0) return null;
  const [first] = files;
  return files.length === 1 && first && isArchive(first)
    ? { kind: "archive", file: first }
    : { kind: "files", files };
}

/** Where files, folders and archives are dropped or chosen. */
export function UploadArea({ progress, onSend, onStop }: UploadAreaProps) {
  const { t } = useTranslation("imports");
  const folderInput = useRef<HTMLInputElement>(null);
  const send = (files: readonly File[]) => {
    const source = sourceOf(files);
    if (source) onSend(source);
  };
  if (progress) return <Sending progress={progress} onStop={onStop} />;
  return (
    <Stack gap="sm">
      <Dropzone onDrop={send} aria-label={t("drop")} inputProps={{ "aria-label": t("chooseFiles") }}>
        <Stack align="center" gap={6} py="xl" style={{ pointerEvents: "none" }}>
          <IconFileUpload size={36} stroke={1.4} />
          <Text fw={600}>{t("drop")}</Text>
          <Text size="sm" c="dimmed" ta="center">
            {t("dropHint")}
          </Text>
        </Stack>
      </Dropzone>
      <Group>
        <input
          ref={folderInput}
          type="file"
          multiple
          hidden
          aria-label={t("chooseFolder")}
          // Chooses a whole folder; not in React's types.
          {...{ webkitdirectory: "" }}
          onChange={(event) => send([...(event.currentTarget.files ?? [])])}
        />
        <Button
          variant="default"
          size="xs"
          leftSection={<IconFolderUp size={16} />}
          onClick={() => folderInput.current?.click()}
        >
          {t("chooseFolder")}
        </Button>
      </Group>
    </Stack>
  );
}

function Sending({ progress, onStop }: { progress: UploadProgress; onStop: () => void }) {
  const { t } = useTranslation("imports");
  const percent = progress.total_bytes > 0 ? (progress.sent_bytes / progress.total_bytes) * 100 : 0;
  const megabytes = (bytes: number) => formatCount(Math.round(bytes / 1e6));
  return (
    <Stack gap="xs" py="lg">
      <Progress value={percent} size="lg" animated striped aria-label={t("sending")} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t("sent", { sent: megabytes(progress.sent_bytes), total: megabytes(progress.total_bytes) })}
        </Text>
        <Button size="xs" variant="default" onClick={onStop}>
          {t("stop")}
        </Button>
      </Group>
    </Stack>
  );
}
