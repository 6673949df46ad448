import { Badge, Button, Group, Kbd, Paper, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatMoment } from "@/components/format";

import type { Side } from "./useDisagreements";

interface SideCardProps {
  side: Side | null;
  number: number;
  disabled: boolean;
  onChoose: () => void;
}

/** What one person said, and the button that decides for it. */
export function SideCard({ side, number, disabled, onChoose }: SideCardProps) {
  const { t } = useTranslation("disagreements");
  return (
    <Paper withBorder p="md" radius="md">
      <Stack gap="xs" h="100%">
        {side ? (
          <>
            <Group gap="xs">
              <Text fw={600}>{t(`verdict.${side.verdict}`)}</Text>
              {side.late && (
                <Badge size="sm" color="yellow" variant="light">
                  {t("late")}
                </Badge>
              )}
            </Group>
            <Text size="sm" c="dimmed">
              {side.reviewer ?? t("nobody")} · {formatMoment(side.created_at)}
            </Text>
            {side.reason && <Text size="sm">{side.reason}</Text>}
            {side.comment && <Text size="sm">“{side.comment}”</Text>}
          </>
        ) : (
          <Text c="dimmed">{t("notJudged")}</Text>
        )}
        <Button
          mt="auto"
          variant="light"
          color={number === 1 ? "blue" : "orange"}
          disabled={disabled || !side}
          rightSection={<Kbd size="xs">{number}</Kbd>}
          onClick={onChoose}
        >
          {t("choose")}
        </Button>
      </Stack>
    </Paper>
  );
}
