import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import type { DraftMerge } from "../session/DraftMerge";
import type { DraftSync } from "../session/DraftSync";
import type { MergeChoice, MergeTile } from "../session/mergeTiles";
import { messageOf } from "../session/messageOf";
import { MergeTiles } from "./MergeTiles";
import { useRoom, useView } from "./WorkspaceContext";

/** Lays open what was drawn here and elsewhere when both changed the same tiles of a mask. */
export function ConflictDialog() {
  const { loaded } = useView("loaded");
  return loaded ? <DraftConflict key={loaded.task.id} draft={loaded.draft} /> : null;
}

function DraftConflict({ draft }: { draft: DraftSync }) {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const state = useStore(draft.state);
  const settle = (choice: Promise<void>): void => {
    session.dismissRefusal();
    choice.catch((error: unknown) => notifications.show({ message: messageOf(error), color: "red" }));
  };
  return (
    <Modal
      opened={state === "conflict"}
      onClose={() => undefined}
      title={t("conflict.title")}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      size="xl"
      centered
    >
      <Merging draft={draft} onSettle={settle} />
    </Modal>
  );
}

/** Mounted while the dialog is open: each conflict is compared anew. */
function Merging({ draft, onSettle }: { draft: DraftSync; onSettle: (choice: Promise<void>) => void }) {
  const { t } = useTranslation("review");
  const [merge, setMerge] = useState<DraftMerge | null>(null);
  const [problem, setProblem] = useState("");
  const [attempt, setAttempt] = useState(0);
  const [choices, setChoices] = useState<ReadonlyMap<MergeTile, MergeChoice>>(new Map());
  useEffect(() => {
    draft.compare().then(setMerge, (error: unknown) => setProblem(messageOf(error)));
  }, [draft, attempt]);

  if (!merge) {
    return problem ? (
      <Group justify="space-between">
        <Text size="sm">{problem}</Text>
        <Button size="xs" onClick={() => setAttempt(attempt + 1)}>
          {t("failed.retry")}
        </Button>
      </Group>
    ) : (
      <Text size="sm">{t("conflict.comparing")}</Text>
    );
  }
  const resolve = (choiceOf: (tile: MergeTile) => MergeChoice): void =>
    onSettle(draft.resolve(merge, choiceOf));
  return (
    <Stack gap="sm">
      <Text size="sm">{t("conflict.text", { count: merge.tiles.length })}</Text>
      <MergeTiles
        tiles={merge.tiles}
        choiceOf={(tile) => choices.get(tile) ?? "both"}
        onChoose={(tile, choice) => setChoices(new Map(choices).set(tile, choice))}
      />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={() => onSettle(draft.takeTheirs())}>
          {t("conflict.theirs")}
        </Button>
        <Button variant="default" onClick={() => resolve(() => "mine")}>
          {t("conflict.mine")}
        </Button>
        <Button data-autofocus onClick={() => resolve((tile) => choices.get(tile) ?? "both")}>
          {t("conflict.merge")}
        </Button>
      </Group>
    </Stack>
  );
}
