import { Group, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCloudOff,
  IconPencil,
  IconRefresh,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import type { DraftSync, SaveState } from "../session/DraftSync";
import { useRoom, useView } from "./WorkspaceContext";

const ICONS: Record<SaveState, typeof IconPencil> = {
  saved: IconCircleCheck,
  unsaved: IconPencil,
  saving: IconRefresh,
  offline: IconCloudOff,
  conflict: IconAlertTriangle,
  lease_lost: IconAlertTriangle,
  failed: IconAlertTriangle,
};

/** Whether the drawing is safe on the server, always in the same place. */
export function SaveIndicator() {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { loaded } = useView("loaded");
  const { sending } = useStore(session.state);
  return (
    <Group gap={10} wrap="nowrap" role="status" aria-live="polite">
      {sending > 0 && (
        <Text size="xs" c="dark.2">
          {t("sending", { count: sending })}
        </Text>
      )}
      {loaded && <DraftState draft={loaded.draft} />}
    </Group>
  );
}

function DraftState({ draft }: { draft: DraftSync }) {
  const { t } = useTranslation("review");
  const state = useStore(draft.state);
  const Icon = ICONS[state];
  const isWarning = ["offline", "conflict", "lease_lost", "failed"].includes(state);
  return (
    <Group
      gap={4}
      wrap="nowrap"
      c={isWarning ? "yellow.5" : "dark.1"}
      data-testid="save-state"
      data-state={state}
    >
      <Icon size={14} aria-hidden />
      <Text size="xs" style={{ whiteSpace: "nowrap" }}>
        {t(`save.${state}`)}
      </Text>
    </Group>
  );
}
