import { ActionIcon, Badge, Group, Text, Tooltip } from "@mantine/core";
import { IconArrowLeft, IconKeyboard } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useStore } from "@/lib/store";

import classes from "./ReviewScreen.module.css";
import { SaveIndicator } from "./SaveIndicator";
import { ScoreGauge } from "./ScoreGauge";
import { useRoom, useView } from "./WorkspaceContext";

const BAND_COLOURS = { pass: "teal", review: "yellow", fail: "red" };

interface TopBarProps {
  datasetId: string;
  onHelp: () => void;
}

/** Which image this is, why it is here, where its score lies, and how the work stands. */
export function TopBar({ datasetId, onHelp }: TopBarProps) {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { queueLength, judged } = useStore(session.state);
  return (
    <header className={classes.top}>
      <Tooltip label={t("backToImages")}>
        <ActionIcon
          component={Link}
          to={`/datasets/${datasetId}`}
          variant="subtle"
          color="gray"
          aria-label={t("backToImages")}
        >
          <IconArrowLeft size={18} />
        </ActionIcon>
      </Tooltip>
      <ImageFacts />
      <Group gap="md" ml="auto" wrap="nowrap">
        <SaveIndicator />
        {queueLength !== null && (
          <Text size="xs" c="dark.1" style={{ whiteSpace: "nowrap" }} data-testid="queue-length">
            {t("queue.left", { count: queueLength })}
            {judged > 0 && ` · ${t("queue.judged", { count: judged })}`}
          </Text>
        )}
        <Tooltip label={`${t("shortcuts.title")} (?)`}>
          <ActionIcon variant="subtle" color="gray" aria-label={t("shortcuts.title")} onClick={onHelp}>
            <IconKeyboard size={18} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </header>
  );
}

function ImageFacts() {
  const { t } = useTranslation("review");
  const { loaded } = useView();
  if (!loaded) return null;
  const { image, inspection, thresholds, reason } = loaded.task;
  return (
    <>
      <Text component="h1" size="sm" className={classes.filename} data-testid="filename">
        {image.filename}
      </Text>
      <Badge variant="outline" color="gray" size="sm" style={{ flex: "none" }}>
        {t(`imageLabel.${image.label}`)}
      </Badge>
      {inspection && (
        <Badge variant="light" color={BAND_COLOURS[inspection.band]} size="sm" style={{ flex: "none" }}>
          {t(`band.${inspection.band}`)}
        </Badge>
      )}
      {inspection && <ScoreGauge score={inspection.image_score} t1={thresholds?.t1} t2={thresholds?.t2} />}
      <Text size="xs" c="dark.2" visibleFrom="lg" style={{ whiteSpace: "nowrap" }}>
        {t("reason.label")} {t(`reason.${reason}`, { defaultValue: reason.replaceAll("_", " ") })}
      </Text>
    </>
  );
}
