import { ActionIcon, Group, RangeSlider, Text, Tooltip } from "@mantine/core";
import { IconContrast2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import classes from "./ReviewScreen.module.css";
import { useView } from "./WorkspaceContext";

/** How the photograph itself is shown: window and level of all its bits. */
export function ImageSection() {
  const { t } = useTranslation("review");
  const { workspace, loaded, readable } = useView("loaded", "readable");
  const { intensityWindow, autoWindow } = useStore(workspace.settings);
  const isDeep = loaded?.picture.kind === "grey16";
  const fullScale = isDeep ? 65_535 : 255;
  const [low, high] = autoWindow ? readable : intensityWindow;
  // Many cameras fill only a part of 16 bits: the slider spans that part, and room beside it.
  const end = isDeep ? Math.min(1, Math.max(2 * readable[1], high)) : 1;
  return (
    <section className={classes.section} aria-label={t("image.title")}>
      <h2 className={classes.heading}>{t("image.title")}</h2>
      <Group justify="space-between" mb={4}>
        <Text size="xs" c="dark.1">
          {t("image.window")}
        </Text>
        <Group gap={4}>
          <Text size="xs" ff="monospace" data-testid="window">
            {Math.round(low * fullScale)} – {Math.round(high * fullScale)}
          </Text>
          {!autoWindow && (
            <Tooltip label={t("image.auto")}>
              <ActionIcon
                size={18}
                variant="subtle"
                color="gray"
                aria-label={t("image.auto")}
                onClick={() => workspace.settings.update({ autoWindow: true })}
              >
                <IconContrast2 size={13} />
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
      </Group>
      <RangeSlider
        size="xs"
        thumbSize={14}
        label={null}
        min={0}
        max={end}
        step={end / 1000}
        minRange={end / 500}
        value={[low, high]}
        thumbFromLabel={t("image.window")}
        thumbToLabel={t("image.window")}
        onChange={(next) => workspace.settings.update({ intensityWindow: next, autoWindow: false })}
      />
    </section>
  );
}
