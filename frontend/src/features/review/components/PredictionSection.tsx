import { ActionIcon, Button, Group, SegmentedControl, Text, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconSparkles } from "@tabler/icons-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { rampCss } from "@/canvas/render/colourMap";
import type { ScoreMode } from "@/canvas/render/frame";
import { useStore } from "@/lib/store";

import type { ReviewTask } from "../api/types";
import { formatScore, type ScoreScale } from "../session/scoreScale";
import { KeyHint } from "./KeyHint";
import { LabelledSlider, StoreSlider } from "./LabelledSlider";
import classes from "./ReviewScreen.module.css";
import { useRoom, useView } from "./WorkspaceContext";

const MODES = ["heat", "area", "outline", "off"] as const;
const LEGEND = { background: rampCss() };

/** The detector's evidence: how it is drawn, and turning it into a mask. */
export function PredictionSection() {
  const { t } = useTranslation("review");
  const { loaded, scale } = useView("loaded", "scale");
  return (
    <section className={classes.section} aria-label={t("prediction.title")} data-tour="prediction">
      <h2 className={classes.heading}>{t("prediction.title")}</h2>
      {scale ? (
        <PredictionControls scale={scale} />
      ) : (
        <Text size="xs" c="dark.2">
          {t(`prediction.${whyNoMap(loaded?.task)}`)}
        </Text>
      )}
      {loaded?.task.inspection?.stale && (
        <Text size="xs" c="yellow.5" mt={6}>
          {t("prediction.stale")}
        </Text>
      )}
    </section>
  );
}

function whyNoMap(task: ReviewTask | undefined): "damaged" | "trained" | "none" {
  if (task?.inspection) return "damaged";
  return task?.reason === "suspect" ? "trained" : "none";
}

function PredictionControls({ scale }: { scale: ScoreScale }) {
  const { t } = useTranslation("review");
  const { workspace } = useRoom();
  const settings = useStore(workspace.settings);
  const mode = settings.scoreVisible ? settings.scoreMode : "off";
  const setMode = (next: string): void =>
    next === "off"
      ? workspace.settings.update({ scoreVisible: false })
      : workspace.settings.update({ scoreVisible: true, scoreMode: next as ScoreMode });
  return (
    <>
      <ThresholdSlider scale={scale} />
      <LabelledSlider
        label={t("prediction.opacity")}
        value={settings.scoreOpacity}
        min={0}
        max={1}
        step={0.01}
        shown={`${Math.round(settings.scoreOpacity * 100)} %`}
        onChange={(scoreOpacity) => workspace.settings.update({ scoreOpacity })}
      />
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={t("prediction.mode")}
        value={mode}
        onChange={setMode}
        data={MODES.map((value) => ({ value, label: t(`prediction.modes.${value}`) }))}
      />
      <Legend range={scale.range} />
      <Button
        fullWidth
        size="xs"
        variant="light"
        mt={10}
        leftSection={<IconSparkles size={15} />}
        rightSection={<KeyHint>M</KeyHint>}
        onClick={() => workspace.mask.usePrediction()}
      >
        {t("prediction.use")}
      </Button>
    </>
  );
}

function ThresholdSlider({ scale }: { scale: ScoreScale }) {
  const { t } = useTranslation("review");
  const { threshold } = useRoom().workspace;
  return (
    <StoreSlider
      label={t("prediction.threshold")}
      store={threshold}
      format={formatScore}
      min={scale.min}
      max={scale.max}
      step={scale.step}
      mark={scale.calibrated ? scale.initial : undefined}
      aside={<ResetThreshold scale={scale} />}
    />
  );
}

function ResetThreshold({ scale }: { scale: ScoreScale }) {
  const { t } = useTranslation("review");
  const { threshold: store } = useRoom().workspace;
  const isInitial = useSyncExternalStore(store.subscribe, () => store.get() === scale.initial);
  if (!scale.calibrated) {
    return (
      <Text size="xs" c="yellow.5">
        {t("prediction.uncalibrated")}
      </Text>
    );
  }
  if (isInitial) return null;
  return (
    <Tooltip label={t("prediction.reset")}>
      <ActionIcon
        size={18}
        variant="subtle"
        color="gray"
        aria-label={t("prediction.reset")}
        onClick={() => store.set(scale.initial)}
      >
        <IconArrowBackUp size={13} />
      </ActionIcon>
    </Tooltip>
  );
}

function Legend({ range: [low, high] }: { range: ScoreScale["range"] }) {
  const { t } = useTranslation("review");
  return (
    <Group gap={8} mt={10} wrap="nowrap">
      <Text size="xs" c="dark.2" ff="monospace">
        {formatScore(low)}
      </Text>
      <div
        className={classes.legend}
        style={{ ...LEGEND, flex: 1 }}
        role="img"
        aria-label={t("prediction.legend", { low: formatScore(low), high: formatScore(high) })}
      />
      <Text size="xs" c="dark.2" ff="monospace">
        {formatScore(high)}
      </Text>
    </Group>
  );
}
