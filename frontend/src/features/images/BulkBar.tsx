import { Button, CloseButton, Group, Menu, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Label, Split } from "@/lib/data/types";

import classes from "./images.module.css";
import type { Changes } from "./useImages";

const LABELS: readonly Label[] = ["normal", "defective", "unlabelled"];
const SPLITS: readonly Split[] = ["train", "validation", "test", "unassigned"];

interface BulkBarProps {
  count: number;
  busy: boolean;
  /** Opens the form of a generation from the selection. */
  onRepair: () => void;
  onChange: (changes: Changes) => void;
  onClear: () => void;
}

/** What can be done with the selection; all of it can be undone. */
export function BulkBar({ count, busy, onRepair, onChange, onClear }: BulkBarProps) {
  const { t } = useTranslation("images");
  return (
    <Group className={classes["bulk"] ?? ""} justify="space-between" role="toolbar" aria-label={t("bulk")}>
      <Group gap="xs">
        <CloseButton onClick={onClear} aria-label={t("clearSelection")} />
        <Text size="sm" fw={600} aria-live="polite">
          {t("selected", { count })}
        </Text>
      </Group>
      <Group gap="xs">
        {LABELS.map((label) => (
          <Button key={label} size="xs" variant="light" disabled={busy} onClick={() => onChange({ label })}>
            {t(`mark.${label}`)}
          </Button>
        ))}
        <Menu>
          <Menu.Target>
            <Button size="xs" variant="default" disabled={busy} rightSection={<IconChevronDown size={14} />}>
              {t("toSplit")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {SPLITS.map((split) => (
              <Menu.Item key={split} onClick={() => onChange({ split })}>
                {t(`common:split.${split}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Button size="xs" variant="default" disabled={busy} onClick={() => onChange({ quarantined: true })}>
          {t("quarantine.in")}
        </Button>
        <Button size="xs" variant="default" disabled={busy} onClick={() => onChange({ quarantined: false })}>
          {t("quarantine.out")}
        </Button>
        <Button size="xs" variant="default" onClick={onRepair}>
          {t("repairFrom")}
        </Button>
      </Group>
    </Group>
  );
}
