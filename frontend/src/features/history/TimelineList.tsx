import { Badge, Button, Group, Stack, Text, Timeline } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useTranslation } from "react-i18next";

import { formatMoment } from "@/components/format";
import { useMay } from "@/lib/data/session";
import type { Image } from "@/lib/data/types";

import { timelineOf, type Happening } from "./timeline";
import { useRestore, type Review, type Revision } from "./useHistory";

interface TimelineListProps {
  image: Image;
  revisions: readonly Revision[];
  reviews: readonly Review[];
}

/** Verdicts and masks, newest first, with a way back to every mask. */
export function TimelineList({ image, revisions, reviews }: TimelineListProps) {
  const { t } = useTranslation("history");
  const happenings = timelineOf(revisions, reviews);
  if (happenings.length === 0) return <Text c="dimmed">{t("empty")}</Text>;
  return (
    <Timeline bulletSize={14} lineWidth={1} aria-label={t("title")}>
      {happenings.map((happening) => (
        <Timeline.Item key={happening.review?.id ?? happening.revision!.id}>
          <Entry happening={happening} image={image} />
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function Entry({ happening: { at, who, review, revision }, image }: { happening: Happening; image: Image }) {
  const { t } = useTranslation("history");
  const isMachine = review === null && revision?.tool.startsWith("import");
  return (
    <Stack gap={2}>
      {review ? <Verdict review={review} /> : <ToolName tool={revision?.tool ?? ""} />}
      <Text size="xs" c="dimmed">
        {who ?? t(isMachine ? "machine" : "deletedAccount")} · {formatMoment(at)}
      </Text>
      {revision && <Mask revision={revision} image={image} />}
    </Stack>
  );
}

function Verdict({ review }: { review: Review }) {
  const { t } = useTranslation("history");
  const marks = { late: review.late, second: review.round > 1, undone: review.undone_at !== null };
  return (
    <>
      <Group gap={6}>
        <Text size="sm" fw={600} td={marks.undone ? "line-through" : "none"}>
          {t(`verdict.${review.verdict}`)}
        </Text>
        {Object.entries(marks).map(
          ([mark, holds]) =>
            holds && (
              <Badge key={mark} size="xs">
                {t(mark)}
              </Badge>
            ),
        )}
      </Group>
      {review.reason && <Text size="xs">{review.reason}</Text>}
      {review.comment && <Text size="xs">“{review.comment}”</Text>}
    </>
  );
}

function ToolName({ tool }: { tool: string }) {
  const { t } = useTranslation("history");
  const [name = "", number] = tool.split(":");
  return (
    <Text size="sm" fw={600}>
      {t(`tool.${name}`, { number, defaultValue: t("tool.other", { tool }) })}
    </Text>
  );
}

function Mask({ revision, image }: { revision: Revision; image: Image }) {
  const { t } = useTranslation("history");
  const mayWrite = useMay("write");
  const restore = useRestore(image);
  const counts = revision.id === image.current_revision;
  const ask = (): string =>
    modals.openConfirmModal({
      title: t("restoreTitle", { number: revision.number }),
      children: <Text size="sm">{t("restoreText")}</Text>,
      labels: { confirm: t("restore"), cancel: t("common:action.cancel") },
      onConfirm: () => restore.mutate(revision),
    });
  return (
    <Group gap="xs">
      <Text size="xs">{t(counts ? "currentMask" : "mask", { number: revision.number })}</Text>
      {!counts && mayWrite && (
        <Button size="compact-xs" variant="light" loading={restore.isPending} onClick={ask}>
          {t("restore")}
        </Button>
      )}
    </Group>
  );
}
