import { Anchor, Badge, Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { formatAgo } from "@/components/format";
import { metricOf } from "@/components/metrics/metrics";
import { ThresholdNote } from "@/components/metrics/ThresholdNote";
import type { Model } from "@/lib/data/types";
import { useDetectorTitle } from "@/lib/data/useDetectorTitle";

const SHOWN = ["image_auroc", "pixel_auroc", "aupro", "image_f1_max"] as const;

/** The model that serves, and how good it is on the frozen test split. */
export function ModelCard({ champion, base }: { champion: Model | undefined; base: string }) {
  const { t } = useTranslation("overview");
  const titleOf = useDetectorTitle();
  return (
    <Paper withBorder p="md" radius="md">
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h5">
            {t("champion")}
          </Title>
          <Anchor component={Link} to={`${base}/models`} size="sm">
            {t("allModels")}
          </Anchor>
        </Group>
        {champion ? (
          <>
            <Group gap="xs">
              <Badge variant="light">{t("modelNumber", { number: champion.number })}</Badge>
              <Text size="sm" c="dimmed">
                {titleOf(champion.detector)} · {formatAgo(champion.created_at)}
              </Text>
            </Group>
            <Table verticalSpacing={3} withRowBorders={false}>
              <Table.Tbody>
                {SHOWN.map((name) => (
                  <Table.Tr key={name}>
                    <Table.Td pl={0}>
                      <Text size="sm">{t(`common:metric.${name}`)}</Text>
                    </Table.Td>
                    <Table.Td ta="right">{metricOf(champion.metrics, name)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            <ThresholdNote thresholds={champion.thresholds} />
          </>
        ) : (
          <Text size="sm" c="dimmed">
            {t("noChampion")}{" "}
            <Anchor component={Link} to={`${base}/train`} size="sm">
              {t("step.train.action")}
            </Anchor>
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
