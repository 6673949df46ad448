import { Badge, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatCount } from "@/components/format";

import type { Outcome } from "./useImports";

export const OUTCOMES: readonly Outcome[] = ["imported", "duplicate", "refused"];
const COLOURS: Record<Outcome, string> = { imported: "signal", duplicate: "gray", refused: "red" };

/** How many files came in, were known already, or were refused. */
export function OutcomeBadges({ counts }: { counts: Readonly<Record<Outcome, number>> }) {
  const { t } = useTranslation("imports");
  return (
    <Group gap={6}>
      {OUTCOMES.filter((outcome) => counts[outcome]).map((outcome) => (
        <Badge key={outcome} color={COLOURS[outcome]} variant="light" size="sm">
          {t(`count.${outcome}`, { shown: formatCount(counts[outcome]) })}
        </Badge>
      ))}
    </Group>
  );
}
