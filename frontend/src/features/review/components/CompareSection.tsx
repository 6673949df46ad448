import { Button, NativeSelect, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import { keyOf, type Shown } from "../session/Comparison";
import { KeyHint } from "./KeyHint";
import classes from "./ReviewScreen.module.css";
import { useView } from "./WorkspaceContext";

/** A/B: other masks in the place of one's own, and a normal image in the place of this one. */
export function CompareSection() {
  const { t } = useTranslation("review");
  const { workspace, scale, loaded } = useView("scale", "loaded");
  const { comparison } = workspace;
  const { shown, revisions, normal, normalName } = useStore(comparison.state);
  const choices: { value: string; label: string }[] = [
    { value: "mine", label: t("compare.mine") },
    ...(scale ? [{ value: "prediction", label: t("compare.prediction") }] : []),
    ...revisions.map(({ id, number, author }) => ({
      value: id,
      label: t("compare.revision", { number, author: author ?? t("compare.deletedAuthor") }),
    })),
  ];
  return (
    <section className={classes.section} aria-label={t("compare.title")}>
      <h2 className={classes.heading}>{t("compare.title")}</h2>
      <NativeSelect
        size="xs"
        aria-label={t("compare.shown")}
        value={keyOf(shown)}
        onChange={({ currentTarget }) => void comparison.show(toShown(currentTarget.value))}
        data={choices}
        leftSection={<KeyHint>J</KeyHint>}
      />
      {loaded?.task.inspection && (
        <>
          <Button
            fullWidth
            size="xs"
            variant="default"
            mt={8}
            rightSection={<KeyHint>L</KeyHint>}
            title={t("compare.blinkHint")}
            disabled={normal === "none"}
            onPointerDown={() => void comparison.blink()}
            onPointerUp={() => comparison.release()}
            onPointerLeave={() => comparison.release()}
          >
            {t("compare.blink")}
          </Button>
          <Text size="xs" c="dark.2" mt={4} data-testid="normal-image">
            {t(`compare.normal.${normal}`, { name: normalName })}
          </Text>
        </>
      )}
    </section>
  );
}

function toShown(value: string): Shown {
  return value === "mine" || value === "prediction" ? value : { revision: value };
}
