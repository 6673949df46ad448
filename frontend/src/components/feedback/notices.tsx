import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";

import { i18n } from "@/lib/i18n";

import { sentenceOf } from "./Failure";

const UNDO_VISIBLE_MS = 12_000;

/** Something was done; says so quietly. */
export function tell(message: string): void {
  notifications.show({ message, color: "signal" });
}

/** Something failed; stays longer, because it must be read. */
export function tellFailure(error: unknown): void {
  notifications.show({
    message: sentenceOf(error, i18n.t("error.unexpected")),
    color: "red",
    autoClose: 9000,
    role: "alert",
  });
}

/** Something was done that can be taken back for a while. */
export function tellWithUndo(message: string, undo: () => void): void {
  const id = crypto.randomUUID();
  const takeBack = () => {
    notifications.hide(id);
    undo();
  };
  notifications.show({
    id,
    color: "signal",
    autoClose: UNDO_VISIBLE_MS,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button size="compact-sm" variant="light" onClick={takeBack}>
          {i18n.t("action.undo")}
        </Button>
      </Group>
    ),
  });
}
