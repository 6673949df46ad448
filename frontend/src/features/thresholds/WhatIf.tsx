import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDeferredValue } from "react";
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
import { useWhatIf, type Scenario } from "./useWhatIf";

type Schemas = components["schemas"];

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
  // The figures keep pace with the drag; the list of images follows as fast as it can be drawn.
  const listed = useDeferredValue(wanted);
  return (
    <Stack gap="lg">
      <Paper withBorder p="md" radius="md">
        <Head model={model} columns={columns} scenario={scenario} />
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

interface HeadProps {
  model: Model;
  columns: Schemas["ReviewedScores"];
  scenario: Scenario;
}

/** What the figures rest on; saving, and going back. */
function Head({ model, columns: { images, waiting }, scenario: { wanted, changed, reset } }: HeadProps) {
  const { t } = useTranslation("thresholds");
  const mayWrite = useMay("write");
  const save = useSaveThresholds(model);
  const askAndSave = (): void =>
    askReason({
      title: t("save"),
      text: t("saveText"),
      label: t("reason"),
      confirm: t("save"),
      onConfirm: (reason) => save.mutate({ ...wanted, reason }, { onSuccess: reset }),
    });
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
        <Button variant="default" disabled={!changed} onClick={reset}>
          {t("reset")}
        </Button>
        {mayWrite && (
          <Button disabled={!changed} loading={save.isPending} onClick={askAndSave}>
            {t("save")}
          </Button>
        )}
      </Group>
    </Group>
  );
}
