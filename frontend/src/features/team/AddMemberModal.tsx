import { Button, Group, Modal, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/feedback/Failure";
import type { Role } from "@/lib/data/types";

import { ROLES } from "./roles";
import { useSetMember } from "./useTeam";

const EMPTY = { username: "", password: "", role: "reviewer" as Role };

/** Adds a person who exists, or makes a new one when a first password is given. */
export function AddMemberModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("team");
  const add = useSetMember();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: EMPTY,
    validate: { username: (value) => (value.trim() ? null : t("usernameMissing")) },
  });
  const close = () => {
    form.reset();
    add.reset();
    onClose();
  };
  const submit = ({ username, password, role }: typeof EMPTY) =>
    add.mutate({ username, role, ...(password && { password }) }, { onSuccess: close });
  return (
    <Modal opened={opened} onClose={close} title={t("addMember")}>
      <form onSubmit={form.onSubmit(submit)} noValidate>
        <Stack>
          {add.error && <Failure error={add.error} />}
          <TextInput
            label={t("username")}
            required
            data-autofocus
            autoComplete="off"
            key={form.key("username")}
            {...form.getInputProps("username")}
          />
          <Select
            label={t("role")}
            allowDeselect={false}
            data={ROLES.map((value) => ({
              value,
              label: `${t(`common:role.${value}`)}: ${t(`roleHint.${value}`)}`,
            }))}
            key={form.key("role")}
            {...form.getInputProps("role")}
          />
          <PasswordInput
            label={t("firstPassword")}
            description={t("firstPasswordHint")}
            autoComplete="new-password"
            key={form.key("password")}
            {...form.getInputProps("password")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("common:action.cancel")}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {t("add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
