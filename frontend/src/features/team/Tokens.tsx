import { Badge, Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { modals } from "@mantine/modals";
import { IconKey } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { formatAgo, formatMoment } from "@/components/format";
import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { tellFailure } from "@/components/feedback/notices";

import { CreateTokenModal } from "./CreateTokenModal";
import { tokensQuery, useRevokeToken, type Token } from "./useTeam";

/** Keys with which cameras and programs use the API. */
export function Tokens({ myScopes }: { myScopes: readonly string[] }) {
  const { t } = useTranslation("team");
  const tokens = useQuery(tokensQuery);
  const [opened, modal] = useDisclosure(false);
  const create = (
    <Button size="xs" variant="default" leftSection={<IconKey size={16} />} onClick={modal.open}>
      {t("createToken")}
    </Button>
  );
  return (
    <Stack component="section" gap="sm">
      <Group justify="space-between">
        <div>
          <Title order={2} size="h4">
            {t("tokens")}
          </Title>
          <Text size="sm" c="dimmed">
            {t("tokensHint")}
          </Text>
        </div>
        {create}
      </Group>
      <CreateTokenModal opened={opened} onClose={modal.close} myScopes={myScopes} />
      <Loaded query={tokens}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={<IconKey size={28} />} title={t("noTokens")}>
              {t("noTokensHint")}
            </EmptyState>
          ) : (
            <TokenTable tokens={rows} />
          )
        }
      </Loaded>
    </Stack>
  );
}

function TokenTable({ tokens }: { tokens: Token[] }) {
  const { t } = useTranslation("team");
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("tokenName")}</Table.Th>
            <Table.Th>{t("owner")}</Table.Th>
            <Table.Th>{t("scopes")}</Table.Th>
            <Table.Th>{t("lastUsed")}</Table.Th>
            <Table.Th>{t("expires")}</Table.Th>
            <Table.Th w={110} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function TokenRow({ token }: { token: Token }) {
  const { t } = useTranslation("team");
  const revoke = useRevokeToken();
  const ask = () =>
    modals.openConfirmModal({
      title: t("revokeTitle", { name: token.name }),
      children: t("revokeText"),
      labels: { confirm: t("revoke"), cancel: t("common:action.cancel") },
      confirmProps: { color: "red" },
      onConfirm: () => revoke.mutate(token.id, { onError: tellFailure }),
    });
  return (
    <Table.Tr c={token.revoked_at ? "dimmed" : ""}>
      <Table.Td>
        <Text size="sm" fw={500}>
          {token.name}
        </Text>
        <Text size="xs" c="dimmed" ff="monospace">
          {token.prefix}…
        </Text>
      </Table.Td>
      <Table.Td>{token.username}</Table.Td>
      <Table.Td>
        <Group gap={4}>
          {token.scopes.map((scope) => (
            <Badge key={scope} size="xs" variant="light" color="gray">
              {t(`scope.${scope}`)}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>{token.last_used_at ? formatAgo(token.last_used_at) : t("never")}</Table.Td>
      <Table.Td>{token.expires_at ? formatMoment(token.expires_at) : t("never")}</Table.Td>
      <Table.Td>
        {token.revoked_at ? (
          t("revoked")
        ) : (
          <Button size="xs" variant="subtle" color="red" onClick={ask}>
            {t("revoke")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
