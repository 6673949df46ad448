import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useStore } from "@/lib/store";

import { messageOf } from "../session/messageOf";
import { useRoom } from "./WorkspaceContext";

/** Nothing waits: what was done, and what can be done now. */
export function EmptyQueue({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { queueLength, tally, filter } = useStore(session.state);
  const { judged } = tally;
  // The count is of the whole queue: with a filter it says nothing about what is wanted.
  const came = Object.values(filter).some(Boolean) ? 0 : (queueLength ?? 0);
  return (
    <Stack align="center" gap="xs" maw={520} ta="center">
      <Title order={2} size="h4">
        {came > 0 ? t("empty.came", { count: came }) : t("empty.title")}
      </Title>
      {judged > 0 && <Text size="sm">{t("empty.judged", { count: judged })}</Text>}
      <Text size="sm" c="dark.1">
        {t("empty.text")}
      </Text>
      <Group mt="sm" justify="center" gap="xs">
        {came > 0 && <Button onClick={() => void session.showFresh()}>{t("empty.show")}</Button>}
        {came === 0 && <LookFurther />}
        <Button component={Link} to={`/datasets/${datasetId}/train`} variant="default">
          {t("empty.train")}
        </Button>
        <Button component={Link} to={`/datasets/${datasetId}/images`} variant="default">
          {t("empty.images")}
        </Button>
        {came === 0 && (
          <Button variant="subtle" onClick={() => void session.showFresh()}>
            {t("empty.again")}
          </Button>
        )}
      </Group>
      <Text size="xs" c="dark.2">
        {t("empty.furtherHint")}
      </Text>
    </Stack>
  );
}

/** Escapes hide among what passes: the next images to look at are those that only just do. */
function LookFurther() {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const [asking, setAsking] = useState(false);
  const ask = (): void => {
    setAsking(true);
    session
      .lookFurther()
      .then(
        (count) => notifications.show({ message: t("empty.brought", { count }) }),
        (error: unknown) => notifications.show({ message: messageOf(error), color: "red" }),
      )
      .finally(() => setAsking(false));
  };
  return (
    <Button loading={asking} onClick={ask}>
      {t("empty.further")}
    </Button>
  );
}
