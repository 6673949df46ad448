import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Page } from "@/components/layout/Page";
import { useMay, useSession } from "@/lib/data/session";
import { currentTeam } from "@/lib/data/team";

import { Members } from "./Members";
import { Tokens } from "./Tokens";

/** People of the team and the keys of its machines. */
export function TeamPage() {
  const { t } = useTranslation("team");
  const { data: session } = useSession();
  const team = session ? currentTeam(session) : undefined;
  const isOwner = useMay("admin");
  return (
    <Page title={team?.name ?? t("title")} description={t("description")} maxWidth_px={1000}>
      <Stack gap="xl">
        <Members isOwner={isOwner} myId={session?.id ?? ""} />
        <Tokens myScopes={team?.scopes ?? []} />
      </Stack>
    </Page>
  );
}
