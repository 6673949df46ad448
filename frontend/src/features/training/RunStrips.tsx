import { Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatCount } from "@/components/format";
import type { TrainingStrip } from "@/lib/data/types";

import classes from "./RunStrips.module.css";

/** What the detector learned from, the newest examples first. */
export function RunStrips({ strips }: { strips: readonly TrainingStrip[] }) {
  const { t } = useTranslation("training");
  return (
    <Stack component="section" gap="sm">
      <Title order={2} size="h5">
        {t("strips")}
      </Title>
      <Text size="sm" c="dimmed">
        {t("stripsHint")}
      </Text>
      <ul className={classes["strips"]} aria-label={t("strips")}>
        {[...strips].reverse().map((strip) => {
          const caption = t("strip", { stage: strip.stage, step: formatCount(strip.step) });
          return (
            <li key={strip.id}>
              <figure className={classes["strip"]}>
                <img src={strip.picture_url} alt={caption} loading="lazy" />
                <Text component="figcaption" size="xs" c="dimmed">
                  {caption}
                </Text>
              </figure>
            </li>
          );
        })}
      </ul>
    </Stack>
  );
}
