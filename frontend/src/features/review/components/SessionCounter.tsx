import { Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatDuration } from "@/components/format";
import { useStore } from "@/lib/store";

import { useRoom } from "./WorkspaceContext";

/** What waits, and what this person got done in this visit, as the server took it. */
export function SessionCounter() {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { queueLength, tally } = useStore(session.state);
  if (queueLength === null) return null;
  const parts = [
    t("queue.left", { count: queueLength }),
    tally.judged > 0 && t("queue.judged", { count: tally.judged }),
    tally.skipped > 0 && t("desk.skipped", { count: tally.skipped }),
    tally.late > 0 && t("desk.late", { count: tally.late }),
    tally.timed > 0 && t("desk.each", { time: formatDuration(tally.elapsedMs / tally.timed / 1000) }),
  ];
  return (
    <Tooltip label={t("desk.counterHint")}>
      <Text size="xs" c="dark.1" style={{ whiteSpace: "nowrap" }} data-testid="queue-length" tabIndex={-1}>
        {parts.filter(Boolean).join(" · ")}
      </Text>
    </Tooltip>
  );
}
