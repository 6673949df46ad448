import { Stack, Text, Timeline, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { formatMoment } from "@/components/format";
import { Loaded, RowSkeletons } from "@/components/feedback/Loaded";
import { api } from "@/lib/api/client";

import { happenings, type HistoryEntry } from "./history";

/** What happened to an image, newest first. */
export function ImageHistory({ imageId }: { imageId: string }) {
  const { t } = useTranslation("images");
  const history = useQuery({
    queryKey: ["images", "history", imageId],
    queryFn: async () =>
      (await api.GET("/api/v1/images/{id}/history/", { params: { path: { id: imageId } } })).data!,
  });
  return (
    <Stack gap="xs">
      <Title order={3} size="h6">
        {t("history.title")}
      </Title>
      <Loaded query={history} skeleton={<RowSkeletons count={3} />}>
        {(entries) =>
          entries.length === 0 ? (
            <Text size="xs" c="dimmed">
              {t("history.empty")}
            </Text>
          ) : (
            <Timeline bulletSize={12} lineWidth={1}>
              {entries.map((entry) => (
                <Timeline.Item key={`${entry.at} ${entry.action}`}>
                  <Entry entry={entry} />
                </Timeline.Item>
              ))}
            </Timeline>
          )
        }
      </Loaded>
    </Stack>
  );
}

function Entry({ entry }: { entry: HistoryEntry }) {
  const { t } = useTranslation("images");
  return (
    <>
      {happenings(entry).map(({ key, values }) => (
        <Text key={key} size="xs">
          {t(key, { ...values, to: named(key, values["to"]), from: named(key, values["from"]) })}
        </Text>
      ))}
      <Text size="xs" c="dimmed">
        {[entry.actor, formatMoment(entry.at)].filter(Boolean).join(" · ")}
      </Text>
    </>
  );

  /** The word that screens use for a stored value. */
  function named(key: string, value: unknown): string {
    const field = key.replace("history.", "");
    return typeof value === "string" ? t(`common:${field}.${value}`, { defaultValue: value }) : "";
  }
}
