import { Button, Card, Group, Stack, Switch, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { modals } from "@mantine/modals";
import { useTranslation } from "react-i18next";

import { formatAgo, formatMoment } from "@/components/format";
import type { Policy } from "@/lib/data/types";
import { useDetectorTitle } from "@/lib/data/useDetectorTitle";

import { PolicyModal } from "./PolicyModal";
import { useChangePolicy, useDeletePolicy } from "./usePolicies";

/** One policy: its conditions, when it fires next, and what came of it last time. */
export function PolicyCard({ policy, mayWrite }: { policy: Policy; mayWrite: boolean }) {
  const { t } = useTranslation("policies");
  const change = useChangePolicy();
  const remove = useDeletePolicy();
  const [editing, editor] = useDisclosure(false);
  const askDelete = () =>
    modals.openConfirmModal({
      title: t("deleteTitle", { name: policy.name }),
      children: t("deleteText"),
      labels: { confirm: t("delete"), cancel: t("common:action.cancel") },
      confirmProps: { color: "red" },
      onConfirm: () => remove.mutate(policy),
    });
  return (
    <Card withBorder radius="md" component="article" aria-label={policy.name}>
      <PolicyModal opened={editing} onClose={editor.close} datasetId={policy.dataset} policy={policy} />
      <Stack gap="xs" h="100%">
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600}>{policy.name}</Text>
          <Switch
            aria-label={t("enabledOf", { name: policy.name })}
            checked={policy.enabled}
            disabled={!mayWrite || change.isPending}
            onChange={(event) => change.mutate({ policy, changes: { enabled: event.currentTarget.checked } })}
          />
        </Group>
        <Conditions policy={policy} />
        <Text size="xs" c="dimmed" mt="auto">
          {policy.last_outcome || t("neverRan")}
          {policy.checked_at && ` · ${t("checked", { ago: formatAgo(policy.checked_at) })}`}
        </Text>
        {mayWrite && (
          <Group gap="xs" justify="flex-end">
            <Button size="xs" variant="subtle" color="red" onClick={askDelete} loading={remove.isPending}>
              {t("delete")}
            </Button>
            <Button size="xs" variant="default" onClick={editor.open}>
              {t("edit")}
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}

function Conditions({ policy }: { policy: Policy }) {
  const { t } = useTranslation("policies");
  const titleOf = useDetectorTitle();
  return (
    <Stack gap={4}>
      <Text size="sm">{t("trains", { detector: titleOf(policy.detector) })}</Text>
      {policy.new_normals !== null && (
        <Text size="sm">{t("whenNormals", { count: policy.new_normals })}</Text>
      )}
      {policy.cron && (
        <>
          <Text size="sm">{t("whenCron", { cron: policy.cron })}</Text>
          <Text size="xs" c="dimmed">
            {policy.next_runs.length > 0
              ? t("nextRuns", { times: policy.next_runs.slice(0, 3).map(formatMoment).join(", ") })
              : t("paused")}
          </Text>
        </>
      )}
    </Stack>
  );
}
