import { Button, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import type { DraftSync } from "../session/DraftSync";
import { messageOf, ReviewSession } from "../session/ReviewSession";
import { useRoom, useView } from "./WorkspaceContext";

/** Asks whose drawing counts when the draft was changed elsewhere. */
export function ConflictDialog() {
  const { session } = useRoom();
  const { loaded } = useView();
  return loaded ? <DraftConflict draft={loaded.draft} session={session} /> : null;
}

function DraftConflict({ draft, session }: { draft: DraftSync; session: ReviewSession }) {
  const { t } = useTranslation("review");
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
      centered
    >
      <Stack gap="sm">
        <Text size="sm">{t("conflict.text")}</Text>
        <Choice
          label={t("conflict.mine")}
          hint={t("conflict.mineHint")}
          onClick={() => settle(draft.keepMine())}
        />
        <Choice
          label={t("conflict.theirs")}
          hint={t("conflict.theirsHint")}
          onClick={() => settle(draft.takeTheirs())}
        />
      </Stack>
    </Modal>
  );
}

function Choice({ label, hint, onClick }: { label: string; hint: string; onClick: () => void }) {
  return (
    <div>
      <Button fullWidth variant="default" onClick={onClick}>
        {label}
      </Button>
      <Text size="xs" c="dark.2" mt={4}>
        {hint}
      </Text>
    </div>
  );
}
