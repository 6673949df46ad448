import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { ApiError } from "@/lib/api/problem";

/** The sentence of whatever went wrong. */
export function sentenceOf(error: unknown, fallback: string): string {
  return error instanceof ApiError ? error.message : fallback;
}

interface FailureProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
}

/** An error as one sentence, with a way to try again. */
export function Failure({ error, onRetry }: FailureProps) {
  const { t } = useTranslation();
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} role="alert">
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{sentenceOf(error, t("error.unexpected"))}</Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t("action.retry")}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
