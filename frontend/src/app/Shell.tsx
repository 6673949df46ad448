import { AppShell, Burger, Group, Text } from "@mantine/core";
import { useDisclosure, useLocalStorage } from "@mantine/hooks";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation, useMatch } from "react-router";

import { useSession } from "@/lib/data/session";
import { currentTeam } from "@/lib/data/team";
import { useLiveEvents } from "@/lib/live/useLiveEvents";

import { Navigation } from "./Navigation";
import classes from "./Shell.module.css";

const WIDE_PX = 232;
const RAIL_PX = 60;
const HEADER_PX = 48;

/** The frame around every page: navigation at the left, live events underneath. */
export function Shell() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const location = useLocation();
  const reviewing = useMatch("/datasets/:datasetId/review") !== null;
  const [opened, menu] = useDisclosure(false);
  const [collapsed, setCollapsed] = useLocalStorage({ key: "flawmark.rail", defaultValue: false });
  useLiveEvents(session ? currentTeam(session)?.id : undefined);
  useEffect(() => menu.close(), [location.pathname]); // eslint-disable-line react-hooks/exhaustive-deps
  // The review workspace needs the width; elsewhere the person's own choice counts.
  const rail = (reviewing || collapsed) && !opened;
  return (
    <AppShell
      header={{ height: { base: HEADER_PX, sm: 0 } }}
      navbar={{ width: rail ? RAIL_PX : WIDE_PX, breakpoint: "sm", collapsed: { mobile: !opened } }}
    >
      <a href="#contents" className={classes["skip"]}>
        {t("nav.skip")}
      </a>
      <AppShell.Header hiddenFrom="sm">
        <Group h="100%" px="md">
          <Burger opened={opened} onClick={menu.toggle} size="sm" aria-label={t("nav.menu")} />
          <Text fw={700}>{t("productName")}</Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={t("nav.label")} className={classes["navbar"] ?? ""}>
        <Navigation
          rail={rail}
          {...(reviewing ? {} : { onToggleRail: () => setCollapsed((value) => !value) })}
        />
      </AppShell.Navbar>
      <AppShell.Main id="contents" tabIndex={-1} className={classes["main"] ?? ""} mod={{ fixed: reviewing }}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
