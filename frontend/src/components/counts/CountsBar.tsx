import { Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatCount } from "@/components/format";
import type { DatasetCounts, Label } from "@/lib/data/types";

/** Colours of the labels, the same on every screen. */
export const LABEL_COLOURS: Record<Label, string> = {
  normal: "signal",
  defective: "red",
  unlabelled: "gray",
};

const LABELS: readonly Label[] = ["normal", "defective", "unlabelled"];

/** Shares of the labels as a bar, and as numbers beside it. */
export function CountsBar({ counts }: { counts: DatasetCounts }) {
  const { t } = useTranslation();
  const total = Math.max(1, counts.total);
  return (
    <Stack gap={6}>
      <Progress.Root size={8} aria-hidden="true">
        {LABELS.map((label) => (
          <Progress.Section
            key={label}
            value={((counts.label[label] ?? 0) / total) * 100}
            color={LABEL_COLOURS[label]}
          />
        ))}
      </Progress.Root>
      <Group gap="md">
        {LABELS.map((label) => (
          <Group key={label} gap={6}>
            <span
              style={{
                width: 8,
                height: 8,
                borderRadius: 2,
                background: `var(--mantine-color-${LABEL_COLOURS[label]}-filled)`,
              }}
            />
            <Text size="xs" c="dimmed">
              {formatCount(counts.label[label] ?? 0)} {t(`label.${label}`)}
            </Text>
          </Group>
        ))}
      </Group>
    </Stack>
  );
}
