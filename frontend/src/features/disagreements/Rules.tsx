import { Button, Checkbox, Group, NumberInput, Stack, TagsInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { Loaded } from "@/components/feedback/Loaded";
import { useMay } from "@/lib/data/session";

import { useChangeQueueSettings, useQueueSettings, type QueueSettings } from "./useDisagreements";

const RULES = { overrules_model: "overrulesModel", new_reviewer: "newReviewer", audit: "drawnByAudit" };
// One key each.
const MAX_REASONS = 9;

/** How the queue is filled, who is asked again, and what can be said with one key. */
export function Rules({ datasetId }: { datasetId: string }) {
  const query = useQueueSettings(datasetId);
  return (
    <Loaded query={query}>
      {({ settings, etag }) => <RulesForm key={etag} datasetId={datasetId} settings={settings} etag={etag} />}
    </Loaded>
  );
}

interface RulesFormProps {
  datasetId: string;
  settings: QueueSettings;
  etag: string;
}

function RulesForm({ datasetId, settings, etag }: RulesFormProps) {
  const { t } = useTranslation("disagreements");
  const mayWrite = useMay("write");
  const change = useChangeQueueSettings(datasetId);
  const form = useForm({
    initialValues: {
      audit: 100 * (settings.audit_probability ?? 0),
      second: 100 * (settings.second_opinion_probability ?? 0),
      always: settings.second_opinion_always ?? [],
      reasons: settings.canned_reasons ?? [],
    },
  });
  const submit = form.onSubmit(({ audit, second, always, reasons }) =>
    change.mutate({
      etag,
      settings: {
        audit_probability: audit / 100,
        second_opinion_probability: second / 100,
        second_opinion_always: always,
        canned_reasons: reasons,
      },
    }),
  );
  const percent = { min: 0, max: 100, suffix: " %", decimalScale: 1, disabled: !mayWrite, maw: 320 };
  return (
    <form onSubmit={submit} noValidate>
      <Stack maw={640} gap="lg">
        <NumberInput
          label={t("rules.audit")}
          description={t("rules.auditHint")}
          {...percent}
          {...form.getInputProps("audit")}
        />
        <NumberInput
          label={t("rules.second")}
          description={t("rules.secondHint")}
          {...percent}
          {...form.getInputProps("second")}
        />
        <Checkbox.Group
          label={t("rules.always")}
          description={t("rules.alwaysHint")}
          {...form.getInputProps("always")}
        >
          <Stack gap="xs" mt="xs">
            {Object.entries(RULES).map(([rule, key]) => (
              <Checkbox key={rule} value={rule} label={t(`rules.${key}`)} disabled={!mayWrite} />
            ))}
          </Stack>
        </Checkbox.Group>
        <TagsInput
          label={t("rules.reasons")}
          description={t("rules.reasonsHint")}
          maxTags={MAX_REASONS}
          disabled={!mayWrite}
          {...form.getInputProps("reasons")}
        />
        {mayWrite && (
          <Group>
            <Button type="submit" disabled={!form.isDirty()} loading={change.isPending}>
              {t("common:action.save")}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
