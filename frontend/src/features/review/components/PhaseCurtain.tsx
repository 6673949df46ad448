import { Button, Loader, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import { EmptyQueue } from "./EmptyQueue";
import classes from "./ReviewScreen.module.css";
import { useRoom } from "./WorkspaceContext";

/** What lies over the canvas while there is no image: loading, an empty queue, a failure. */
export function PhaseCurtain({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { phase } = useStore(session.state);
  if (phase.kind === "reviewing") return null;
  return (
    <div className={classes.curtain}>
      {phase.kind === "loading" && <Loader size="sm" aria-label={t("loading")} />}
      {phase.kind === "failed" && (
        <Stack align="center" gap="xs" role="alert">
          <Title order={2} size="h4">
            {t("failed.title")}
          </Title>
          <Text size="sm" c="dark.1">
            {phase.message}
          </Text>
          <Button mt="sm" onClick={() => void session.showFresh()}>
            {t("failed.retry")}
          </Button>
        </Stack>
      )}
      {phase.kind === "empty" && <EmptyQueue datasetId={datasetId} />}
    </div>
  );
}
