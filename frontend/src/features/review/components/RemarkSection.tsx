import { Button, Chip, Group, Textarea } from "@mantine/core";
import { IconCopyCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import { KeyHint } from "./KeyHint";
import classes from "./desk.module.css";
import { useRoom, useView } from "./WorkspaceContext";

export const NOTE_ID = "review-note";

/** Why: a reason with one key, a note in words, and the images that look the same. */
export function RemarkSection({ onLookAlikes }: { onLookAlikes: () => void }) {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { loaded } = useView("loaded");
  const { remark } = useStore(session.state);
  if (!loaded) return null;
  return (
    <section className={classes["remark"]} aria-label={t("desk.why")} data-tour="reasons">
      <Group gap={4} className={classes["reasons"]} role="group" aria-label={t("desk.reasons")}>
        {loaded.task.canned_reasons.map((reason, i) => (
          <Chip
            key={reason}
            size="xs"
            checked={remark.reason === reason}
            title={t("desk.reasonKey", { key: i + 1 })}
            onChange={(checked) => session.remark({ reason: checked ? reason : "" })}
          >
            {reason}
          </Chip>
        ))}
      </Group>
      <Textarea
        id={NOTE_ID}
        size="xs"
        autosize
        minRows={1}
        maxRows={4}
        maxLength={5000}
        aria-label={t("desk.note")}
        placeholder={t("desk.notePlaceholder")}
        value={remark.comment}
        onChange={(event) => session.remark({ comment: event.currentTarget.value })}
        onKeyDown={(event) => {
          // Back to the verdict keys, which do not work while somebody types.
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      {loaded.task.round === 1 && (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          justify="space-between"
          leftSection={<IconCopyCheck size={14} />}
          rightSection={<KeyHint>⇧L</KeyHint>}
          onClick={onLookAlikes}
        >
          {t("desk.lookAlikes.open")}
        </Button>
      )}
    </section>
  );
}
