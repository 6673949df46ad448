import { Button, Group, Loader, Modal, Stack, Text, UnstyledButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import { fetchLookAlikes, judgeTogether, type Together } from "../api/deskCalls";
import type { LookAlike } from "../api/types";
import { messageOf } from "../session/messageOf";
import { formatScore } from "../session/scoreScale";
import classes from "./desk.module.css";
import { KeyHint } from "./KeyHint";
import { useRoom, useView } from "./WorkspaceContext";

type BulkVerdict = "normal" | "defective" | "accept";
const VERDICTS: Readonly<Partial<Record<string, BulkVerdict>>> = { n: "normal", d: "defective", a: "accept" };

interface LookAlikesProps {
  opened: boolean;
  onClose: () => void;
}

/** Waiting images that look like this one, to be judged together. */
export function LookAlikes({ opened, onClose }: LookAlikesProps) {
  const { t } = useTranslation("review");
  const { loaded } = useView("loaded");
  return (
    <Modal opened={opened} onClose={onClose} title={t("desk.lookAlikes.title")} size="xl" centered>
      {opened && loaded && <Choosing taskId={loaded.task.id} onClose={onClose} />}
    </Modal>
  );
}

function Choosing({ taskId, onClose }: { taskId: string; onClose: () => void }) {
  const { t } = useTranslation("review");
  const { session, news } = useRoom();
  const { remark } = useStore(session.state);
  const found = useLookAlikes(taskId);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const tasks = (found ?? []).map(({ task }) => task).filter((task) => !left.has(task));

  const judge = async (verdict: BulkVerdict): Promise<void> => {
    setBusy(true);
    try {
      const outcome = await judgeTogether(taskId, { tasks, verdict, ...remark });
      session.countTogether(outcome.reviews);
      outcome.reviews.forEach((review) => news.expect(review, true));
      tellOutcome(outcome);
      onClose();
    } catch (error) {
      notifications.show({ message: messageOf(error), color: "red" });
    } finally {
      setBusy(false);
    }
  };
  const tellOutcome = ({ reviews, left_alone }: Together): void => {
    notifications.show({ message: t("desk.lookAlikes.done", { count: reviews.length }) });
    const why = left_alone[0]?.why;
    if (why)
      notifications.show({
        message: t("desk.lookAlikes.left", { count: left_alone.length, why }),
        color: "yellow",
      });
  };

  if (!found) return <Loader size="sm" />;
  if (found.length === 0) return <Text size="sm">{t("desk.lookAlikes.none")}</Text>;
  return (
    // Keys that work on the screen below mean the same here, for all that are chosen.
    <Stack
      onKeyDown={(event) => {
        const verdict = VERDICTS[event.key.toLowerCase()];
        if (!verdict || busy || tasks.length === 0 || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        void judge(verdict);
      }}
    >
      <Text size="sm" c="dark.1">
        {t("desk.lookAlikes.hint")}
      </Text>
      <div className={classes["alike"]}>
        {found.map((one, i) => (
          <Tile
            key={one.task}
            one={one}
            first={i === 0}
            chosen={!left.has(one.task)}
            onToggle={() => setLeft((before) => toggled(before, one.task))}
          />
        ))}
      </div>
      <Group justify="flex-end">
        {(Object.entries(VERDICTS) as [string, BulkVerdict][]).map(([key, verdict]) => (
          <Button
            key={key}
            size="sm"
            variant="light"
            color={verdict === "normal" ? "teal" : "red"}
            disabled={tasks.length === 0 || busy}
            rightSection={<KeyHint>{key.toUpperCase()}</KeyHint>}
            onClick={() => void judge(verdict)}
          >
            {t(`desk.lookAlikes.${verdict}`, { count: tasks.length })}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

interface TileProps {
  one: LookAlike;
  first: boolean;
  chosen: boolean;
  onToggle: () => void;
}

function Tile({ one, first, chosen, onToggle }: TileProps) {
  return (
    <UnstyledButton
      className={classes["alikeTile"]}
      aria-pressed={chosen}
      aria-label={one.filename}
      data-autofocus={first || undefined}
      onClick={onToggle}
    >
      <img src={one.thumbnail_url} alt="" loading="lazy" />
      <Text size="xs" truncate>
        {one.image_score === null ? one.filename : formatScore(one.image_score)}
      </Text>
    </UnstyledButton>
  );
}

/** Asked for when the dialog opens; undefined while loading. */
function useLookAlikes(taskId: string): LookAlike[] | undefined {
  const [found, setFound] = useState<LookAlike[]>();
  useEffect(() => {
    let wanted = true;
    fetchLookAlikes(taskId).then(
      (rows) => wanted && setFound(rows),
      (error: unknown) => {
        notifications.show({ message: messageOf(error), color: "red" });
        if (wanted) setFound([]);
      },
    );
    return () => {
      wanted = false;
    };
  }, [taskId]);
  return found;
}

function toggled(set: ReadonlySet<string>, one: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}
