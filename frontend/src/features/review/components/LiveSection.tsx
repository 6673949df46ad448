import { Button, Group, Loader, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";

import { formatDecimal } from "@/components/format";
import { useStore } from "@/lib/store";

import type { Change, Preview } from "../session/LiveNews";
import { messageOf } from "../session/messageOf";
import classes from "./desk.module.css";
import { useRoom, useView } from "./WorkspaceContext";

const SHOWN = 3;

/** What changed because of this person: how many images a verdict moved, and the way back. */
export function LiveSection() {
  const { t } = useTranslation("review");
  const { news } = useRoom();
  const { loaded } = useView("loaded");
  const { changes, learning, preview, rescored } = useStore(news.state);
  if (!loaded && changes.length === 0) return null;
  const learnsLive = loaded?.task.learns_live ?? true;
  const left = changes.reduce((total, { leftReview, held }) => total + (held ? 0 : leftReview), 0);
  return (
    <section className={classes["live"]} aria-label={t("desk.live.title")} data-tour="live">
      <Group justify="space-between" gap="xs">
        <Text size="xs" fw={600}>
          {t("desk.live.title")}
        </Text>
        {learning > 0 && (
          <Group gap={4}>
            <Loader size={10} />
            <Text size="xs" c="dark.2">
              {rescored > 0 ? t("desk.live.rescored", { count: rescored }) : t("desk.live.learning")}
            </Text>
          </Group>
        )}
      </Group>
      <div role="status" aria-live="polite" data-testid="live-news">
        {learnsLive ? (
          <Text size="xs" c={left > 0 ? "dark.0" : "dark.2"}>
            {changes.length === 0 && t("desk.live.nothing")}
            {changes.some(({ held }) => !held) && t("desk.live.left", { count: left })}
          </Text>
        ) : (
          <Text size="xs" c="dark.2">
            {t("desk.live.learnsLater")}
          </Text>
        )}
      </div>
      {preview && <PreviewRow preview={preview} />}
      {changes.slice(0, SHOWN).map((change) => (
        <ChangeRow key={change.review.id} change={change} />
      ))}
    </section>
  );
}

/** The image's own new score comes at once; the queue takes a moment longer. */
function PreviewRow({ preview: { review, before, after, band } }: { preview: Preview }) {
  const { t } = useTranslation("review");
  const said = t("desk.live.preview", {
    before: formatDecimal(before),
    after: formatDecimal(after),
    band: t(`band.${band}`),
  });
  return (
    <div data-testid="live-preview">
      <Text size="xs" truncate title={review.image.filename}>
        {review.image.filename}
      </Text>
      <Text size="xs" c="dark.2">
        {said}
      </Text>
    </div>
  );
}

function ChangeRow({ change }: { change: Change }) {
  const { t } = useTranslation("review");
  const { session, news } = useRoom();
  const { review, imagesChanged, leftReview, enteredReview, held } = change;
  const undo = (): void => {
    session.undo(review).then(
      () => news.forget(review),
      (error: unknown) => notifications.show({ message: messageOf(error), color: "red" }),
    );
  };
  const parts = [
    t("desk.live.changed", { count: imagesChanged }),
    t("desk.live.left", { count: leftReview }),
    enteredReview > 0 && t("desk.live.entered", { count: enteredReview }),
  ];
  const said = held ? t("desk.live.held") : parts.filter(Boolean).join(" · ");
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <div style={{ minWidth: 0 }} data-testid="live-change">
        <Text size="xs" truncate title={review.image.filename}>
          {review.image.filename}
        </Text>
        <Text size="xs" c="dark.2">
          {said}
        </Text>
      </div>
      <Button size="compact-xs" variant="subtle" style={{ flex: "none" }} onClick={undo}>
        {t("desk.live.undo")}
      </Button>
    </Group>
  );
}
