import { Group, RangeSlider, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import classes from "./ReviewScreen.module.css";
import { useView } from "./WorkspaceContext";

/** How the photograph itself is shown. */
export function ImageSection() {
  const { t } = useTranslation("review");
  const { workspace } = useView();
  const { intensityWindow } = useStore(workspace.settings);
  const [low, high] = intensityWindow;
  return (
    <section className={classes.section} aria-label={t("image.title")}>
      <h2 className={classes.heading}>{t("image.title")}</h2>
      <Group justify="space-between" mb={4}>
        <Text size="xs" c="dark.1">
          {t("image.window")}
        </Text>
        <Text size="xs" ff="monospace">
          {Math.round(low * 255)} – {Math.round(high * 255)}
        </Text>
      </Group>
      <RangeSlider
        size="xs"
        thumbSize={14}
        label={null}
        min={0}
        max={1}
        step={1 / 255}
        minRange={2 / 255}
        value={intensityWindow}
        thumbFromLabel={t("image.window")}
        thumbToLabel={t("image.window")}
        onChange={(next) => workspace.settings.update({ intensityWindow: next })}
      />
    </section>
  );
}
