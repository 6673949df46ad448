import { Anchor, Button, Card, Group, Stack, Text } from "@mantine/core";
import { IconArrowRight, IconLicense } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { CountsBar } from "@/components/counts/CountsBar";
import { formatCount } from "@/components/format";
import type { Dataset } from "@/lib/data/types";

import { nextStep } from "./nextStep";

/** One dataset at a glance: how much is in it, what it may be used for, and what comes next. */
export function DatasetCard({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("datasets");
  const step = nextStep(dataset);
  return (
    <Card withBorder radius="md" padding="md" component="article" aria-label={dataset.name}>
      <Stack gap="sm" h="100%">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Anchor component={Link} to={`/datasets/${dataset.id}`} fw={600} c="inherit" lineClamp={1}>
            {dataset.name}
          </Anchor>
          <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
            {t("images", { count: dataset.counts.total, shown: formatCount(dataset.counts.total) })}
          </Text>
        </Group>
        {dataset.description && (
          <Text size="sm" c="dimmed" lineClamp={2}>
            {dataset.description}
          </Text>
        )}
        <CountsBar counts={dataset.counts} />
        {dataset.licence && (
          <Group gap={6} wrap="nowrap" c="dimmed" align="flex-start">
            <IconLicense size={15} style={{ flexShrink: 0, marginTop: 2 }} />
            <Text size="xs">{dataset.licence}</Text>
          </Group>
        )}
        <Button
          mt="auto"
          component={Link}
          to={`/datasets/${dataset.id}${step.path}`}
          variant={step.urgent ? "light" : "default"}
          rightSection={<IconArrowRight size={16} />}
          justify="space-between"
        >
          {t(`next.${step.key}`)}
        </Button>
      </Stack>
    </Card>
  );
}
