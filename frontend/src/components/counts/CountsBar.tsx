import { Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatCount } from "@/components/format";
import type { DatasetCounts, Label } from "@/lib/data/types";

/** Colours of the labels (CSS), the same on every screen. */
export const LABEL_COLOURS: Record<Label, string> = {
  normal: "var(--mantine-color-signal-filled)",
  defective: "var(--mantine-color-red-filled)",
  unlabelled: "var(--mantine-color-gray-5)",
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
                background: LABEL_COLOURS[label],
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
