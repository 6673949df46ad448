import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { Failure } from "@/components/feedback/Failure";
import { api } from "@/lib/api/client";

interface NewDataset {
  name: string;
  description: string;
  licence: string;
}

const EMPTY: NewDataset = { name: "", description: "", licence: "" };

/** Names a new dataset, then leads to its import page. */
export function CreateDatasetModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("datasets");
  return (
    <Modal opened={opened} onClose={onClose} title={t("create")}>
      <CreateDatasetForm onClose={onClose} />
    </Modal>
  );
}

function CreateDatasetForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("datasets");
  const create = useCreateDataset(onClose);
  const form = useForm<NewDataset>({
    mode: "uncontrolled",
    initialValues: EMPTY,
    validate: { name: (value) => (value.trim() ? null : t("nameMissing")) },
  });
  return (
    <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
      <Stack>
        {create.error && <Failure error={create.error} />}
        <TextInput
          label={t("name")}
          description={t("nameHint")}
          maxLength={120}
          required
          data-autofocus
          key={form.key("name")}
          {...form.getInputProps("name")}
        />
        <Textarea
          label={t("about")}
          autosize
          minRows={2}
          key={form.key("description")}
          {...form.getInputProps("description")}
        />
        <TextInput
          label={t("licence")}
          description={t("licenceHint")}
          maxLength={200}
          key={form.key("licence")}
          {...form.getInputProps("licence")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t("createConfirm")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function useCreateDataset(onCreated: () => void) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (body: NewDataset) => (await api.POST("/api/v1/datasets/", { body })).data!,
    onSuccess: async (dataset) => {
      await queryClient.invalidateQueries({ queryKey: ["datasets"] });
      onCreated();
      void navigate(`/datasets/${dataset.id}/import`);
    },
  });
}
