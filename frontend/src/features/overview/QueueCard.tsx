import { Button, Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { IconClipboardCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { formatCount } from "@/components/format";
import type { components } from "@/lib/api/schema";

type Queue = components["schemas"]["QueueSummary"];

/** What waits for a person, and what was done today. */
export function QueueCard({ queue, base }: { queue: Queue; base: string }) {
  const { t } = useTranslation("overview");
  const reasons = Object.entries(queue.by_reason).filter(([, count]) => count > 0);
  return (
    <Paper withBorder p="md" radius="md">
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h5">
            {t("queue")}
          </Title>
          <Button
            component={Link}
            to={`${base}/review`}
            size="xs"
            variant={queue.waiting > 0 ? "filled" : "default"}
            leftSection={<IconClipboardCheck size={16} />}
          >
            {t("openQueue")}
          </Button>
        </Group>
        <Text size="xl" fw={700}>
          {formatCount(queue.waiting)}
        </Text>
        <Text size="sm" c="dimmed">
          {t("waiting", { count: queue.waiting })}
        </Text>
        {reasons.length > 0 && (
          <Table verticalSpacing={3} withRowBorders={false}>
            <Table.Tbody>
              {reasons.map(([reason, count]) => (
                <Table.Tr key={reason}>
                  <Table.Td pl={0}>
                    <Text size="sm">{t(`reason.${reason}`, { defaultValue: reason })}</Text>
                  </Table.Td>
                  <Table.Td ta="right">{formatCount(count)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        <Text size="xs" c="dimmed">
          {t("doneToday", { all: queue.done_today, mine: queue.done_today_by_me })}
        </Text>
      </Stack>
    </Paper>
  );
}
