import { Button, Group, Paper, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconMap } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { formatDecimal } from "@/components/format";

import { COLOUR_BY, colouringOf, type ColourBy, type Colouring } from "./mapColours";
import classes from "./pool.module.css";
import { PoolMap } from "./PoolMap";
import type { PoolMapData } from "./types";
import { mapQuery, useActOnImages } from "./usePool";

const PREVIEWED = 24;

interface MapPanelProps {
  reportId: string;
  datasetId: string;
  mayWrite: boolean;
}

/** The map of the pool, with what its colours mean and what can be done with the chosen images. */
export function MapPanel({ reportId, datasetId, mayWrite }: MapPanelProps) {
  const { t } = useTranslation("pool");
  const map = useQuery(mapQuery(reportId));
  return (
    <Loaded query={map}>
      {(data) =>
        data.ids.length === 0 ? (
          <EmptyState icon={<IconMap size={28} />} title={t("map.none")}>
            {t("map.noneHint")}
          </EmptyState>
        ) : (
          <ChosenMap data={data} datasetId={datasetId} mayWrite={mayWrite} />
        )
      }
    </Loaded>
  );
}

function ChosenMap({ data, datasetId, mayWrite }: Omit<MapPanelProps, "reportId"> & { data: PoolMapData }) {
  const { t } = useTranslation("pool");
  const [by, setBy] = useState<ColourBy>("mode");
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const colouring = useMemo(() => colouringOf(data, by), [data, by]);
  return (
    <Stack>
      <Group justify="space-between">
        <SegmentedControl
          size="xs"
          aria-label={t("map.colourBy")}
          value={by}
          onChange={setBy}
          data={COLOUR_BY.map((value) => ({ value, label: t(`map.by.${value}`) }))}
        />
        <Legend colouring={colouring} by={by} />
      </Group>
      <PoolMap
        label={t("map.label", { count: data.ids.length })}
        xs={data.x}
        ys={data.y}
        colours={colouring.colours}
        selected={selected}
        onSelect={setSelected}
      />
      <Text size="xs" c="dimmed">
        {t("map.hint")}
      </Text>
      <Selection
        ids={[...selected].map((number) => data.ids[number]!)}
        datasetId={datasetId}
        mayWrite={mayWrite}
        onDone={() => setSelected(new Set())}
      />
    </Stack>
  );
}

function Legend({ colouring, by }: { colouring: Colouring; by: ColourBy }) {
  const { t } = useTranslation("pool");
  const nameOf = (value: string | null, number: number): string => {
    if (value === null) return t(by === "mode" ? "map.outside" : "map.unknown");
    if (colouring.isScale) return `${t(number ? "map.high" : "map.low")} ${formatDecimal(Number(value), 2)}`;
    if (by === "mode") return t("map.modeName", { number: value });
    return by === "label" ? t(`common:label.${value}`) : value;
  };
  return (
    <Group gap="sm">
      {colouring.swatches.map(({ colour, value }, number) => (
        <span key={value ?? ""} className={classes["key"]}>
          <span className={classes["dot"]} style={{ background: colour }} />
          {nameOf(value, number)}
        </span>
      ))}
    </Group>
  );
}

interface SelectionProps {
  ids: string[];
  datasetId: string;
  mayWrite: boolean;
  onDone: () => void;
}

function Selection({ ids, datasetId, mayWrite, onDone }: SelectionProps) {
  const { t } = useTranslation("pool");
  const { change, review } = useActOnImages(datasetId);
  const disabled = ids.length === 0 || change.isPending || review.isPending;
  const after = { onSuccess: onDone };
  return (
    <Paper component="section" withBorder p="md" aria-label={t("map.selection")}>
      <Group justify="space-between">
        <Text size="sm" fw={600} aria-live="polite">
          {ids.length > 0 ? t("picked", { count: ids.length }) : t("map.noSelection")}
        </Text>
        {mayWrite && (
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              disabled={disabled}
              onClick={() => change.mutate({ ids, changes: { quarantined: true } }, after)}
            >
              {t("act.quarantine")}
            </Button>
            <Button
              size="xs"
              variant="default"
              disabled={disabled}
              onClick={() => change.mutate({ ids, changes: { label: "defective" } }, after)}
            >
              {t("act.defective")}
            </Button>
            <Button size="xs" variant="default" disabled={disabled} onClick={() => review.mutate(ids, after)}>
              {t("act.review")}
            </Button>
          </Group>
        )}
      </Group>
      {ids.length > 0 && (
        <div className={classes["strip"]} aria-label={t("map.preview")} role="list" style={{ marginTop: 12 }}>
          {ids.slice(0, PREVIEWED).map((id) => (
            <div key={id} role="listitem" className={classes["picture"]}>
              <img src={`/api/v1/images/${id}/thumbnail/`} alt="" loading="lazy" />
            </div>
          ))}
        </div>
      )}
    </Paper>
  );
}
