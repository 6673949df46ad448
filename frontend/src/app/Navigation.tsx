import { ActionIcon, Group, NavLink, ScrollArea, Stack, Text, Tooltip } from "@mantine/core";
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useMatch } from "react-router";

import { DatasetSwitcher } from "./DatasetSwitcher";
import { JobIndicator } from "./JobIndicator";
import { Mark } from "./Mark";
import { DATASET_ITEMS, TEAM_ITEMS, type NavItem } from "./navItems";
import { PersonMenu } from "./PersonMenu";
import classes from "./Shell.module.css";

interface NavigationProps {
  /** Icons only. */
  rail: boolean;
  onToggleRail?: () => void;
}

/** The column at the left: dataset, its pages, the team's pages, jobs and the person. */
export function Navigation({ rail, onToggleRail }: NavigationProps) {
  const { t } = useTranslation();
  const datasetId = useMatch("/datasets/:datasetId/*")?.params.datasetId;
  return (
    <Stack h="100%" gap={0} p={rail ? 8 : "xs"}>
      <Group justify={rail ? "center" : "space-between"} px={rail ? 0 : 6} py={6} mb={6} wrap="nowrap">
        <Group gap={8} wrap="nowrap" component={Link} {...{ to: "/datasets" }} td="none" c="inherit">
          <Mark />
          {!rail && <Text fw={700}>{t("productName")}</Text>}
        </Group>
        {!rail && onToggleRail && <RailToggle rail={rail} onToggle={onToggleRail} />}
      </Group>
      <DatasetSwitcher rail={rail} datasetId={datasetId} />
      <ScrollArea flex={1} mt="sm" type="never">
        {datasetId && (
          <Stack gap={2} mb="md">
            {DATASET_ITEMS.map((item) => (
              <Entry key={item.key} item={item} base={`/datasets/${datasetId}`} rail={rail} />
            ))}
          </Stack>
        )}
        {!rail && <div className={classes["section"]}>{t("nav.team")}</div>}
        <Stack gap={2}>
          {TEAM_ITEMS.map((item) => (
            <Entry key={item.key} item={item} base="" rail={rail} />
          ))}
        </Stack>
      </ScrollArea>
      {rail && onToggleRail && <RailToggle rail={rail} onToggle={onToggleRail} />}
      <JobIndicator rail={rail} />
      <PersonMenu rail={rail} />
    </Stack>
  );
}

function RailToggle({ rail, onToggle }: { rail: boolean; onToggle: () => void }) {
  const { t } = useTranslation();
  const name = t(rail ? "nav.expand" : "nav.collapse");
  const Icon = rail ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  return (
    <ActionIcon variant="subtle" color="gray" onClick={onToggle} aria-label={name} mx={rail ? "auto" : 0}>
      <Icon size={18} />
    </ActionIcon>
  );
}

function Entry({ item, base, rail }: { item: NavItem; base: string; rail: boolean }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const to = base + item.path;
  const active = pathname === to || (!item.end && pathname.startsWith(`${to}/`));
  const label = t(`nav.${item.key}`);
  return (
    <Tooltip label={label} position="right" disabled={!rail}>
      <NavLink
        component={Link}
        to={to}
        active={active}
        label={rail ? null : label}
        aria-label={label}
        aria-current={active ? "page" : undefined}
        leftSection={<item.icon size={18} stroke={1.7} />}
        py={7}
        px={rail ? 13 : 10}
        className={classes["link"] ?? ""}
      />
    </Tooltip>
  );
}
