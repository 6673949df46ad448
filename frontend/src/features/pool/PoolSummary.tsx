import { Group, Paper, Stack, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatCount, formatDecimal } from "@/components/format";

import type { PoolFigures } from "./types";

/** The numbers of the whole pool. */
export function PoolSummary({ figures, made }: { figures: PoolFigures; made: string }) {
  const { t } = useTranslation("pool");
  const balance = Object.entries(figures.balance ?? {}).filter(([, one]) => one.values > 1);
  return (
    <Paper withBorder p="md">
      <Group gap="xl" align="flex-start">
        <Figure name={t("figure.images")} value={formatCount(figures.images)} />
        <Figure name={t("figure.duplicates")} value={formatCount(figures.duplicate_images)} />
        {figures.modes && <Figure name={t("figure.modes")} value={formatCount(figures.modes.sizes.length)} />}
        {figures.modes && (
          <Figure
            name={t("figure.evenness")}
            hint={t("figure.evennessHint")}
            value={formatDecimal(figures.modes.evenness, 2)}
          />
        )}
        {balance.map(([name, one]) => (
          <Figure
            key={name}
            name={t("figure.balanceOf", { name })}
            hint={t("figure.evennessHint")}
            value={formatDecimal(one.evenness, 2)}
          />
        ))}
        {(figures.unreadable ?? 0) > 0 && (
          <Figure name={t("figure.unreadable")} value={formatCount(figures.unreadable)} />
        )}
      </Group>
      <Text size="xs" c="dimmed" mt="sm">
        {made}
      </Text>
    </Paper>
  );
}

function Figure({ name, value, hint }: { name: string; value: string; hint?: string }) {
  const figure = (
    <Stack gap={0}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={600} size="lg">
        {value}
      </Text>
    </Stack>
  );
  return hint ? <Tooltip label={hint}>{figure}</Tooltip> : figure;
}
