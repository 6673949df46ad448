import { Group, Paper, Stack, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatCount, formatDecimal } from "@/components/format";

import type { PoolFigures } from "./types";

const MOST_NAMED = 6;

/** The numbers of the whole pool. */
export function PoolSummary({ figures, made }: { figures: PoolFigures; made: string }) {
  const { t } = useTranslation("pool");
  const balance = Object.entries(figures.balance ?? {}).filter(([, one]) => one.values > 1);
  const months = figures.time?.by_month;
  return (
    <Paper withBorder p="md">
      <Group gap="xl" align="flex-start">
        <Figure name={t("figure.images")} value={formatCount(figures.images)} />
        <Figure name={t("figure.duplicates")} value={formatCount(figures.duplicate_images)} />
        {figures.modes && (
          <Figure
            name={t("figure.modes")}
            value={formatCount(figures.modes.sizes.length)}
            detail={few(figures.modes.sizes.map(formatCount))}
          />
        )}
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
            detail={counted(one.counts)}
          />
        ))}
        {months && Object.keys(months).length > 0 && (
          <Figure
            name={t("figure.months")}
            value={formatCount(Object.keys(months).length)}
            detail={counted(months)}
          />
        )}
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

/** The first of many. */
const few = (parts: readonly string[]): string =>
  [...parts.slice(0, MOST_NAMED), ...(parts.length > MOST_NAMED ? ["…"] : [])].join(", ");

const counted = (counts: Record<string, number>): string =>
  few(Object.entries(counts).map(([name, count]) => `${name} ${formatCount(count)}`));

interface FigureProps {
  name: string;
  value: string;
  hint?: string;
  detail?: string;
}

function Figure({ name, value, hint, detail }: FigureProps) {
  const figure = (
    <Stack gap={0} maw={320}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={600} size="lg">
        {value}
      </Text>
      {detail && (
        <Text size="xs" c="dimmed">
          {detail}
        </Text>
      )}
    </Stack>
  );
  return hint ? <Tooltip label={hint}>{figure}</Tooltip> : figure;
}
