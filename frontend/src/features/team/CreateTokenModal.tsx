import {
  Alert,
  Button,
  Checkbox,
  Code,
  CopyButton,
  Group,
  Modal,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/feedback/Failure";

import { SCOPES, type Scope } from "./roles";
import { useCreateToken } from "./useTeam";

const DAY_MS = 86_400_000;
const LIFETIMES_DAYS = ["30", "90", "365", "never"] as const;

interface CreateTokenModalProps {
  opened: boolean;
  onClose: () => void;
  myScopes: readonly string[];
}

/** Makes a token, whose key is shown this once. */
export function CreateTokenModal({ opened, onClose, myScopes }: CreateTokenModalProps) {
  const { t } = useTranslation("team");
  const create = useCreateToken();
  const close = () => {
    create.reset();
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("createToken")}
      // A stray click must not lose a key that cannot be shown again.
      closeOnClickOutside={!create.data}
    >
      {create.data ? (
        <TokenKey keyText={create.data.key} onClose={close} />
      ) : (
        <TokenForm create={create} myScopes={myScopes} />
      )}
    </Modal>
  );
}

interface TokenFormProps {
  create: ReturnType<typeof useCreateToken>;
  myScopes: readonly string[];
}

function TokenForm({ create, myScopes }: TokenFormProps) {
  const { t } = useTranslation("team");
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { name: "", scopes: ["read", "predict"].filter((s) => myScopes.includes(s)), days: "90" },
    validate: {
      name: (value) => (value.trim() ? null : t("tokenNameMissing")),
      scopes: (value) => (value.length > 0 ? null : t("scopesMissing")),
    },
  });
  const submit = form.onSubmit(({ name, scopes, days }) => {
    create.mutate({ name, scopes: scopes as Scope[], expires_at: expiryIn(days) });
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {create.error && <Failure error={create.error} />}
        <TextInput
          label={t("tokenName")}
          description={t("tokenNameHint")}
          required
          data-autofocus
          key={form.key("name")}
          {...form.getInputProps("name")}
        />
        <Checkbox.Group label={t("scopes")} key={form.key("scopes")} {...form.getInputProps("scopes")}>
          <Stack gap={6} mt={6}>
            {SCOPES.map((scope) => (
              <Checkbox
                key={scope}
                value={scope}
                label={t(`scope.${scope}`)}
                description={t(`scopeHint.${scope}`)}
                disabled={!myScopes.includes(scope)}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <Select
          label={t("expires")}
          allowDeselect={false}
          data={LIFETIMES_DAYS.map((value) => ({
            value,
            label: value === "never" ? t("never") : t("days", { count: Number(value) }),
          }))}
          key={form.key("days")}
          {...form.getInputProps("days")}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            {t("createTokenConfirm")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The moment that many days from now; null for a token that never expires. */
function expiryIn(days: string): string | null {
  return days === "never" ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString();
}

function TokenKey({ keyText, onClose }: { keyText: string; onClose: () => void }) {
  const { t } = useTranslation("team");
  return (
    <Stack>
      <Alert color="yellow" variant="light">
        {t("keyOnce")}
      </Alert>
      <Code block style={{ wordBreak: "break-all", whiteSpace: "pre-wrap" }} aria-label={t("key")}>
        {keyText}
      </Code>
      <Text size="xs" c="dimmed">
        {t("keyUse")}
      </Text>
      <Group justify="flex-end">
        <CopyButton value={keyText}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {t(copied ? "copied" : "copy")}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t("keyKept")}</Button>
      </Group>
    </Stack>
  );
}
