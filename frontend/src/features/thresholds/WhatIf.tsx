import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { memo, useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { askReason } from "@/components/dialogs/askReason";
import { formatCount } from "@/components/format";
import type { components } from "@/lib/api/schema";
import { useMay } from "@/lib/data/session";
import type { Model } from "@/lib/data/types";

import { CutHistogram } from "./CutHistogram";
import { FlipList } from "./FlipList";
import { PixelCut } from "./PixelCut";
import { RateCards } from "./RateCards";
import { useSaveThresholds } from "./useThresholds";
import { useSettled } from "./useSettled";
import { useWhatIf, type Scenario } from "./useWhatIf";

type Schemas = components["schemas"];

const LIST_FOLLOWS_MS = 150;

interface WhatIfProps {
  model: Model;
  columns: Schemas["ReviewedScores"];
  pixels: Schemas["PixelCurves"] | undefined;
  datasetId: string;
}

/** Thresholds to drag, and at once what they would have done. */
export function WhatIf({ model, columns, pixels, datasetId }: WhatIfProps) {
  const { t } = useTranslation("thresholds");
  const set = model.thresholds;
  const scenario = useWhatIf(set, columns, pixels);
  const { wanted, saved, totals, now, then, move } = scenario;
  // The figures keep pace with the drag; the list of images follows a little behind.
  const listed = useSettled(wanted, LIST_FOLLOWS_MS);
  const [save, isSaving] = useSaving(model, scenario);
  return (
    <Stack gap="lg">
      <Paper withBorder p="md" radius="md">
        <Head
          columns={columns}
          changed={scenario.changed}
          isSaving={isSaving}
          onReset={scenario.reset}
          onSave={save}
        />
        <CutHistogram
          label={t("histogram.label")}
          caption={t("histogram.caption")}
          histogram={scenario.histogram}
          lines={[
            { id: "t1", mark: "T1", label: t("t1"), value: wanted.t1, saved: set?.t1 ?? null },
            {
              id: "t2",
              mark: set?.t2 == null && wanted.t2 === saved.t2 ? t("t2Missing") : "T2",
              label: t("t2"),
              value: wanted.t2,
              saved: set?.t2 ?? null,
            },
          ]}
          onMove={move}
        />
      </Paper>
      <RateCards now={now.images} then={then.images} pixelsNow={now.pixels} pixelsThen={then.pixels} />
      {totals && totals.regions > 0 && (
        <PixelCut totals={totals} value={wanted.pixelThreshold} saved={saved.pixelThreshold} onMove={move} />
      )}
      <FlipList
        sorted={scenario.sorted}
        columns={columns}
        before={saved}
        after={listed}
        datasetId={datasetId}
      />
    </Stack>
  );
}

/** Asks for a reason and saves the thresholds as they stand then. */
function useSaving(model: Model, { wanted, reset }: Scenario): [save: () => void, isSaving: boolean] {
  const { t } = useTranslation("thresholds");
  const { mutate, isPending } = useSaveThresholds(model);
  const latest = useRef(wanted);
  useEffect(() => {
    latest.current = wanted;
  }, [wanted]);
  const save = useCallback(() => {
    askReason({
      title: t("save"),
      text: t("saveText"),
      label: t("reason"),
      confirm: t("save"),
      onConfirm: (reason) => mutate({ ...latest.current, reason }, { onSuccess: reset }),
    });
  }, [mutate, reset, t]);
  return [save, isPending];
}

interface HeadProps {
  columns: Schemas["ReviewedScores"];
  changed: boolean;
  isSaving: boolean;
  onReset: () => void;
  onSave: () => void;
}

/** What the figures rest on; saving, and going back. */
const Head = memo(function Head({ columns, changed, isSaving, onReset, onSave }: HeadProps) {
  const { t } = useTranslation("thresholds");
  const { images, waiting } = columns;
  const mayWrite = useMay("write");
  return (
    <Group justify="space-between" mb="xs" align="flex-start">
      <div>
        <Title order={2} size="h5">
          {t("images", { count: images.length, shown: formatCount(images.length) })}
        </Title>
        <Text size="xs" c="dimmed">
          {waiting > 0 ? t("waiting", { count: waiting, shown: formatCount(waiting) }) : t("noneWaiting")}
        </Text>
      </div>
      <Group gap="xs">
        <Button variant="default" disabled={!changed} onClick={onReset}>
          {t("reset")}
        </Button>
        {mayWrite && (
          <Button disabled={!changed} loading={isSaving} onClick={onSave}>
            {t("save")}
          </Button>
        )}
      </Group>
    </Group>
  );
});
