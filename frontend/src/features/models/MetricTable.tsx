import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import {
  aurocInterval,
  isScore,
  METRIC_NAMES,
  metricOf,
  metricValue,
  type MetricName,
} from "@/components/metrics/metrics";
import { ThresholdNote } from "@/components/metrics/ThresholdNote";
import type { Model } from "@/lib/data/types";

import { ModelActions } from "./ModelActions";

/** Differences smaller than this are shown as none. */
const NOTICEABLE = 0.0005;

/** The figures of two models in columns, with the difference. */
export function MetricTable({ models }: { models: Model[] }) {
  const { t } = useTranslation("models");
  const [first, second] = models;
  if (!first || !second) return null;
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing={7}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("figure")}</Table.Th>
            {models.map((model) => (
              <Table.Th key={model.id} ta="right">
                {t("number", { number: model.number })} · {t(`stage.${model.stage}`)}
              </Table.Th>
            ))}
            <Table.Th ta="right" w={130}>
              {t("difference")}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {METRIC_NAMES.map((name) => (
            <Table.Tr key={name}>
              <Table.Td>{t(`common:metric.${name}`)}</Table.Td>
              {models.map((model) => (
                <Table.Td key={model.id} ta="right">
                  {metricOf(model.metrics, name)}
                  {name === "image_auroc" && (
                    <Text size="xs" c="dimmed">
                      {aurocInterval(model.metrics)}
                    </Text>
                  )}
                </Table.Td>
              ))}
              <Table.Td ta="right">
                {isScore(name) && <Difference models={[first, second]} name={name} />}
              </Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Td>{t("thresholds")}</Table.Td>
            {models.map((model) => (
              <Table.Td key={model.id} ta="right">
                <ThresholdNote thresholds={model.thresholds} />
              </Table.Td>
            ))}
            <Table.Td />
          </Table.Tr>
          <Table.Tr>
            <Table.Td />
            {models.map((model) => (
              <Table.Td key={model.id} ta="right">
                <ModelActions model={model} />
              </Table.Td>
            ))}
            <Table.Td />
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Difference({ models, name }: { models: [Model, Model]; name: MetricName }) {
  const [before, after] = models.map((model) => metricValue(model.metrics, name));
  if (before == null || after == null) return <Text c="dimmed">–</Text>;
  const difference = after - before;
  const colour = Math.abs(difference) < NOTICEABLE ? "dimmed" : difference > 0 ? "signal" : "red";
  return (
    <Text size="sm" c={colour} fw={600}>
      {difference > 0 ? "+" : ""}
      {difference.toFixed(3)}
    </Text>
  );
}
