import { Badge, Group, Stack, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatFigure } from "@/components/format";

import { standingOf } from "./decisions";
import type { Candidate, GenerationRun } from "./useRepair";

const COLOURS = { waiting: "gray", approved: "signal", rejected: "gray", removed: "yellow" } as const;

/** What speaks for and against a candidate: its nearest real image, the champion's score, warnings. */
export function CandidateFacts({ candidate, run }: { candidate: Candidate; run: GenerationRun }) {
  const { t } = useTranslation();
  const { t: own } = useTranslation("repair");
  const standing = standingOf(candidate);
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Badge variant="light" color={COLOURS[standing]}>
          {own(`stateOf.${standing}`)}
        </Badge>
        {candidate.is_copy && (
          <Tooltip label={own("copyHint")}>
            <Badge color="yellow">{own("copy")}</Badge>
          </Tooltip>
        )}
        {candidate.looks_defective && <Badge color="red">{own("looksDefective")}</Badge>}
        {candidate.band && <Badge variant="outline">{t(`band.${candidate.band}`)}</Badge>}
      </Group>
      {candidate.nearest_distance !== null && (
        <Text size="sm">
          {own("nearestDistance", { distance: formatFigure(candidate.nearest_distance) })}
          {run.copy_distance !== null &&
            `, ${own("copyBelow", { distance: formatFigure(run.copy_distance) })}`}
        </Text>
      )}
      <Text size="sm">
        {candidate.image_score === null
          ? own("noScore")
          : own("score", { number: run.judged_by_number, score: formatFigure(candidate.image_score) })}
        {candidate.score_limit !== null &&
          `, ${own("scoreLimit", { limit: formatFigure(candidate.score_limit) })}`}
      </Text>
    </Stack>
  );
}
