import { Button, Group, Select, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { modals } from "@mantine/modals";
import { IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { formatMoment } from "@/components/format";
import { Loaded } from "@/components/feedback/Loaded";
import { tellFailure } from "@/components/feedback/notices";

import { AddMemberModal } from "./AddMemberModal";
import { ROLES } from "./roles";
import { membersQuery, useRemoveMember, useSetMember, type Member } from "./useTeam";

interface MembersProps {
  isOwner: boolean;
  myId: string;
}

/** Who belongs to the team, and what each may do. */
export function Members({ isOwner, myId }: MembersProps) {
  const { t } = useTranslation("team");
  const members = useQuery(membersQuery);
  const [opened, modal] = useDisclosure(false);
  return (
    <Stack component="section" gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t("members")}
        </Title>
        {isOwner && (
          <Button size="xs" leftSection={<IconUserPlus size={16} />} onClick={modal.open}>
            {t("addMember")}
          </Button>
        )}
      </Group>
      <AddMemberModal opened={opened} onClose={modal.close} />
      <Loaded query={members}>
        {(rows) => (
          <Table verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("person")}</Table.Th>
                <Table.Th w={180}>{t("role")}</Table.Th>
                <Table.Th w={200}>{t("since")}</Table.Th>
                <Table.Th w={110} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((member) => (
                <MemberRow key={member.id} member={member} isOwner={isOwner} isMe={member.user === myId} />
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Loaded>
    </Stack>
  );
}

function MemberRow({ member, isOwner, isMe }: { member: Member; isOwner: boolean; isMe: boolean }) {
  const { t } = useTranslation("team");
  const setMember = useSetMember();
  const remove = useRemoveMember();
  const ask = () =>
    modals.openConfirmModal({
      title: t("removeTitle", { name: member.username }),
      children: t("removeText"),
      labels: { confirm: t("remove"), cancel: t("common:action.cancel") },
      confirmProps: { color: "red" },
      onConfirm: () => remove.mutate(member.id, { onError: tellFailure }),
    });
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={500}>
          {isMe ? t("me", { name: member.username }) : member.username}
        </Text>
      </Table.Td>
      <Table.Td>
        {isOwner ? (
          <Select
            aria-label={t("roleOf", { name: member.username })}
            size="xs"
            allowDeselect={false}
            data={ROLES.map((value) => ({ value, label: t(`common:role.${value}`) }))}
            value={member.role}
            disabled={setMember.isPending}
            onChange={(role) =>
              role && setMember.mutate({ username: member.username, role: role }, { onError: tellFailure })
            }
          />
        ) : (
          <Text size="sm">{t(`common:role.${member.role}`)}</Text>
        )}
      </Table.Td>
      <Table.Td>
        <Text size="sm" c="dimmed">
          {formatMoment(member.created_at)}
        </Text>
      </Table.Td>
      <Table.Td>
        {isOwner && (
          <Button size="xs" variant="subtle" color="red" onClick={ask}>
            {t("remove")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
