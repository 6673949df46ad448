import { Button, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { formatMoment } from "@/components/format";
import { detectorsQuery } from "@/lib/data/models";
import type { Policy } from "@/lib/data/types";

import { nextRuns } from "./cron";
import { useChangePolicy, useCreatePolicy } from "./usePolicies";

interface PolicyModalProps {
  opened: boolean;
  onClose: () => void;
  datasetId: string;
  /** The policy to edit; without one a new policy is made. */
  policy?: Policy;
}

interface Fields {
  name: string;
  detector: string;
  /** Empty: this condition is not used. */
  new_normals: number | "";
  cron: string;
}

/** Says when to retrain: after so many new normals, by a schedule, or both. */
export function PolicyModal({ opened, onClose, datasetId, policy }: PolicyModalProps) {
  const { t } = useTranslation("policies");
  return (
    <Modal opened={opened} onClose={onClose} title={t(policy ? "edit" : "create")}>
      <PolicyForm datasetId={datasetId} onClose={onClose} {...(policy && { policy })} />
    </Modal>
  );
}

function PolicyForm({ onClose, datasetId, policy }: Omit<PolicyModalProps, "opened">) {
  const { t } = useTranslation("policies");
  const { data: detectors = [] } = useQuery(detectorsQuery);
  const create = useCreatePolicy();
  const change = useChangePolicy();
  const form = useForm<Fields>({
    initialValues: {
      name: policy?.name ?? "",
      detector: policy?.detector ?? "patchcore",
      new_normals: policy ? (policy.new_normals ?? "") : 50,
      cron: policy?.cron ?? "",
    },
    validate: {
      name: (value) => (value.trim() ? null : t("nameMissing")),
      cron: (value, { new_normals }) => {
        if (value.trim() && nextRuns(value) === null) return t("cronWrong");
        return value.trim() || new_normals !== "" ? null : t("conditionMissing");
      },
    },
  });
  const submit = form.onSubmit(({ name, detector, new_normals, cron }) => {
    const changes = {
      name: name.trim(),
      detector,
      new_normals: new_normals === "" ? null : new_normals,
      cron: cron.trim(),
    };
    if (policy) change.mutate({ policy, changes }, { onSuccess: onClose });
    else create.mutate({ dataset: datasetId, ...changes }, { onSuccess: onClose });
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t("name")}
          required
          data-autofocus
          maxLength={100}
          {...form.getInputProps("name")}
        />
        <Select
          label={t("detector")}
          allowDeselect={false}
          data={detectors.map((one) => ({ value: one.name, label: one.title }))}
          {...form.getInputProps("detector")}
        />
        <NumberInput
          label={t("newNormals")}
          description={t("newNormalsHint")}
          min={1}
          allowDecimal={false}
          {...form.getInputProps("new_normals")}
        />
        <TextInput
          label={t("cron")}
          description={t("cronHint")}
          placeholder="0 2 * * *"
          {...form.getInputProps("cron")}
        />
        <CronPreview cron={form.values.cron} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending || change.isPending}>
            {t("common:action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function CronPreview({ cron }: { cron: string }) {
  const { t } = useTranslation("policies");
  const runs = cron.trim() ? nextRuns(cron) : null;
  if (!runs) return null;
  return (
    <Text size="sm" c="dimmed" aria-live="polite">
      {runs.length > 0
        ? t("nextRuns", { times: runs.map((run) => formatMoment(run.toISOString())).join(", ") })
        : t("neverFires")}
    </Text>
  );
}
