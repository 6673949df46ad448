import { Badge, Checkbox, Group, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatAgo } from "@/components/format";
import { aurocInterval, metricOf, type MetricName } from "@/components/metrics/metrics";
import { ThresholdNote } from "@/components/metrics/ThresholdNote";
import type { Model } from "@/lib/data/types";
import { useDetectorTitle } from "@/lib/data/useDetectorTitle";

import { ModelActions } from "./ModelActions";

const COLUMNS: readonly MetricName[] = ["image_auroc", "pixel_auroc", "aupro", "image_f1_max"];
const STAGE_COLOURS: Record<Model["stage"], string> = {
  champion: "signal",
  candidate: "blue",
  retired: "gray",
};

interface ModelTableProps {
  models: Model[];
  chosen: readonly string[];
  onToggle: (id: string) => void;
}

/** Models with their figures on the frozen test split. */
export function ModelTable({ models, chosen, onToggle }: ModelTableProps) {
  const { t } = useTranslation("models");
  return (
    <Table.ScrollContainer minWidth={960}>
      <Table verticalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={36} aria-label={t("choose")} />
            <Table.Th>{t("model")}</Table.Th>
            {COLUMNS.map((name) => (
              <Table.Th key={name} ta="right">
                {t(`common:metric.${name}`)}
              </Table.Th>
            ))}
            <Table.Th>{t("thresholds")}</Table.Th>
            <Table.Th w={210} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {models.map((model) => (
            <ModelRow key={model.id} model={model} chosen={chosen.includes(model.id)} onToggle={onToggle} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface ModelRowProps {
  model: Model;
  chosen: boolean;
  onToggle: (id: string) => void;
}

function ModelRow({ model, chosen, onToggle }: ModelRowProps) {
  const { t } = useTranslation("models");
  const titleOf = useDetectorTitle();
  const interval = aurocInterval(model.metrics);
  return (
    <Table.Tr>
      <Table.Td>
        <Checkbox
          size="xs"
          checked={chosen}
          onChange={() => onToggle(model.id)}
          aria-label={t("chooseModel", { number: model.number })}
        />
      </Table.Td>
      <Table.Td>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {t("number", { number: model.number })}
          </Text>
          <Badge size="sm" color={STAGE_COLOURS[model.stage]} variant="light">
            {t(`stage.${model.stage}`)}
          </Badge>
        </Group>
        <Text size="xs" c="dimmed">
          {t("from", {
            detector: titleOf(model.detector),
            version: model.dataset_version_number,
            ago: formatAgo(model.created_at),
          })}
        </Text>
      </Table.Td>
      {COLUMNS.map((name) => (
        <Table.Td key={name} ta="right">
          <Text size="sm">{metricOf(model.metrics, name)}</Text>
          {name === "image_auroc" && interval && (
            <Text size="xs" c="dimmed" title={t("intervalHint")} style={{ whiteSpace: "nowrap" }}>
              {interval}
            </Text>
          )}
        </Table.Td>
      ))}
      <Table.Td maw={280}>
        <ThresholdNote thresholds={model.thresholds} />
      </Table.Td>
      <Table.Td>
        <ModelActions model={model} />
      </Table.Td>
    </Table.Tr>
  );
}
