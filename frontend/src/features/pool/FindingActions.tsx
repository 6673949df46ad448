import { Button, Group, Text } from "@mantine/core";
import { IconArrowBackUp, IconWand } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Finding, Wanted } from "./types";
import { useActOnFinding, useUndoAction } from "./usePool";

interface FindingActionsProps {
  finding: Finding;
  mayWrite: boolean;
  picked: string[];
  onDone: () => void;
}

/** What can be done about a finding: with the chosen pictures, or with all where none is chosen. */
export function FindingActions({ finding, mayWrite, picked, onDone }: FindingActionsProps) {
  const { t } = useTranslation("pool");
  const act = useActOnFinding(finding);
  if (!mayWrite) return null;
  // A ranking is no verdict on all of its images: there something must be chosen first.
  const mustPick = finding.kind === "suspected_mislabel" || finding.kind === "coverage_gap";
  const disabled = act.isPending || (mustPick && picked.length === 0);
  const wish = (wanted: Wanted) =>
    act.mutate({ ...wanted, ...(picked.length > 0 && { images: picked }) }, { onSuccess: onDone });
  // One chosen copy is the one to keep; of several, the first.
  const keepOne = () =>
    picked.length === 1
      ? act.mutate({ action: "merge", keep: picked[0]! }, { onSuccess: onDone })
      : wish({ action: "merge" });
  const label = finding.kind === "normal_looking_defect" ? "normal" : "defective";
  return (
    <Group gap="xs" justify="space-between">
      <Group gap="xs">
        {finding.kind === "near_duplicates" && (
          <Button size="xs" disabled={disabled} onClick={keepOne}>
            {t(picked.length === 1 ? "act.mergeChosen" : "act.merge")}
          </Button>
        )}
        {finding.kind === "small_mode" && (
          <Button
            size="xs"
            component={Link}
            to={`/datasets/${finding.dataset}/repair?finding=${finding.id}`}
            leftSection={<IconWand size={14} />}
          >
            {t("act.repair")}
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          disabled={disabled}
          onClick={() => wish({ action: "quarantine" })}
        >
          {t("act.quarantine")}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={disabled}
          onClick={() => wish({ action: "relabel", label })}
        >
          {t(`act.${label}`)}
        </Button>
        <Button size="xs" variant="default" disabled={disabled} onClick={() => wish({ action: "review" })}>
          {t("act.review")}
        </Button>
        <Text size="xs" c="dimmed" aria-live="polite">
          {picked.length > 0 && t("picked", { count: picked.length })}
        </Text>
      </Group>
      <UndoButtons finding={finding} />
    </Group>
  );
}

/** What was done and can still be taken back, the newest first. */
function UndoButtons({ finding }: { finding: Finding }) {
  const { t } = useTranslation("pool");
  const undo = useUndoAction();
  const standing = finding.actions.filter((action) => !action.undone_at && action.changed > 0);
  return (
    <Group gap="xs">
      {standing.map((action) => (
        <Button
          key={action.id}
          size="compact-xs"
          variant="subtle"
          disabled={undo.isPending}
          leftSection={<IconArrowBackUp size={14} />}
          onClick={() => undo.mutate(action.id)}
        >
          {t("undo", { what: t(`done.${action.action}`, { count: action.changed }) })}
        </Button>
      ))}
    </Group>
  );
}
