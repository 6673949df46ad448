import { ActionIcon, Indicator, Menu } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import type { QueueFilter } from "../session/sessionState";
import { useRoom } from "./WorkspaceContext";

const BANDS = ["pass", "review", "fail"] as const;
const REASONS = [
  "near_threshold",
  "fail_band",
  "audit",
  "second_opinion",
  "requested",
  "uncalibrated",
] as const;

/** Which part of the queue this person works on. */
export function QueueFilterMenu() {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { filter } = useStore(session.state);
  const isOn = Boolean(filter.band ?? filter.reason);
  const set = (next: QueueFilter): void => void session.setFilter(next);
  const item = (label: string, on: boolean, choose: QueueFilter, drop: QueueFilter) => (
    <Menu.CheckboxItem key={label} checked={on} onChange={(checked) => set(checked ? choose : drop)}>
      {label}
    </Menu.CheckboxItem>
  );
  return (
    <Menu position="bottom-end" withinPortal closeOnItemClick={false}>
      <Indicator disabled={!isOn} size={8} offset={4}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t("desk.filter.title")}>
            <IconFilter size={18} />
          </ActionIcon>
        </Menu.Target>
      </Indicator>
      <Menu.Dropdown>
        <Menu.Label>{t("desk.filter.band")}</Menu.Label>
        {BANDS.map((band) =>
          item(t(`band.${band}`), filter.band === band, { ...filter, band }, without(filter, "band")),
        )}
        <Menu.Label>{t("desk.filter.reason")}</Menu.Label>
        {REASONS.map((reason) =>
          item(
            t(`reason.${reason}`),
            filter.reason === reason,
            { ...filter, reason },
            without(filter, "reason"),
          ),
        )}
        <Menu.Divider />
        <Menu.Item disabled={!isOn} onClick={() => set({})}>
          {t("desk.filter.all")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function without(filter: QueueFilter, part: keyof QueueFilter): QueueFilter {
  return Object.fromEntries(Object.entries(filter).filter(([name]) => name !== part));
}
