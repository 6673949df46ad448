import { ActionIcon, Badge, Group, Text, Tooltip } from "@mantine/core";
import { IconArrowLeft, IconKeyboard, IconRoute } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { QueueFilterMenu } from "./QueueFilterMenu";
import classes from "./ReviewScreen.module.css";
import { SaveIndicator } from "./SaveIndicator";
import { ScoreGauge } from "./ScoreGauge";
import { SessionCounter } from "./SessionCounter";
import { useView } from "./WorkspaceContext";

const BAND_COLOURS = { pass: "teal", review: "yellow", fail: "red" };

interface TopBarProps {
  datasetId: string;
  onHelp: () => void;
  onTour: () => void;
}

/** Which image this is, why it is here, where its score lies, and how the work stands. */
export function TopBar({ datasetId, onHelp, onTour }: TopBarProps) {
  const { t } = useTranslation("review");
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
        <SessionCounter />
        <QueueFilterMenu />
        <Tooltip label={`${t("desk.tour.title")} (⇧T)`}>
          <ActionIcon variant="subtle" color="gray" aria-label={t("desk.tour.title")} onClick={onTour}>
            <IconRoute size={18} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={`${t("shortcuts.title")} (?)`}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("shortcuts.title")}
            data-tour="help"
            onClick={onHelp}
          >
            <IconKeyboard size={18} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </header>
  );
}

function ImageFacts() {
  const { t } = useTranslation("review");
  const { loaded } = useView("loaded");
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
