import { ActionIcon, Avatar, Button, Menu, Text, useMantineColorScheme } from "@mantine/core";
import { IconCheck, IconLogout, IconMoon, IconSun } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { tellFailure } from "@/components/feedback/notices";
import { sessionQuery, useSession, useSignOut } from "@/lib/data/session";
import { chooseTeam, currentTeam } from "@/lib/data/team";

/** Who is signed in: switch team, theme, sign out. */
export function PersonMenu({ rail }: { rail: boolean }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { colorScheme, toggleColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const switchTeam = useSwitchTeam();
  if (!session) return null;
  const team = currentTeam(session);
  const avatar = <Avatar size={26} name={session.username} color="initials" alt="" />;
  const label = t("person.menu", { name: session.username });
  return (
    <Menu position="right-end" width={240}>
      <Menu.Target>
        {rail ? (
          <ActionIcon variant="subtle" color="gray" size={36} mx="auto" aria-label={label}>
            {avatar}
          </ActionIcon>
        ) : (
          <Button
            variant="subtle"
            color="gray"
            fullWidth
            justify="flex-start"
            h={48}
            px={8}
            leftSection={avatar}
            aria-label={label}
          >
            <span style={{ textAlign: "left" }}>
              <Text size="sm" fw={600} lh={1.2} truncate>
                {session.username}
              </Text>
              <Text size="xs" c="dimmed" lh={1.2} truncate>
                {team ? `${team.name} · ${t(`role.${team.role}`)}` : t("person.noTeam")}
              </Text>
            </span>
          </Button>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("person.teams")}</Menu.Label>
        {session.teams.map((candidate) => (
          <Menu.Item
            key={candidate.id}
            onClick={() => switchTeam(candidate.id)}
            rightSection={candidate.id === team?.id ? <IconCheck size={16} /> : null}
          >
            {candidate.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={colorScheme === "dark" ? <IconSun size={16} /> : <IconMoon size={16} />}
          onClick={toggleColorScheme}
        >
          {t(colorScheme === "dark" ? "person.light" : "person.dark")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={16} />}
          onClick={() => signOut.mutate(undefined, { onError: tellFailure })}
        >
          {t("person.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Everything shown belongs to a team: forget all of it, then start at the other team's datasets. */
function useSwitchTeam() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return (teamId: string) => {
    const session = queryClient.getQueryData(sessionQuery.queryKey);
    chooseTeam(teamId);
    void navigate("/datasets");
    queryClient.clear();
    queryClient.setQueryData(sessionQuery.queryKey, session);
  };
}
