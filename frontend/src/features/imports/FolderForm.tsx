import { Button, Group, TextInput } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Source } from "./useImports";

interface FolderFormProps {
  busy: boolean;
  onSend: (source: Source) => void;
}

/** Names a folder that the server itself can read. */
export function FolderForm({ busy, onSend }: FolderFormProps) {
  const { t } = useTranslation("imports");
  const [folder, setFolder] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSend({ kind: "folder", folder: folder.trim() });
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end">
        <TextInput
          flex={1}
          label={t("folderPath")}
          description={t("folderHint")}
          value={folder}
          onChange={(event) => setFolder(event.currentTarget.value)}
        />
        <Button type="submit" loading={busy} disabled={!folder.trim()}>
          {t("startImport")}
        </Button>
      </Group>
    </form>
  );
}
