import { Button, Chip, Group, Stack } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { formatCount } from "@/components/format";
import { allRows } from "@/lib/data/pages";

import { FindingCard } from "./FindingCard";
import { KINDS, type FindingKind, type Report } from "./types";
import { findingsQuery } from "./usePool";

/** What a report found, by kind; the kind is part of the address. */
export function FindingList({ report, mayWrite }: { report: Report; mayWrite: boolean }) {
  const { t } = useTranslation("pool");
  const [search, setSearch] = useSearchParams();
  const present = KINDS.filter((kind) => report.findings_by_kind[kind]);
  const kind = KINDS.find((one) => one === search.get("kind")) ?? present[0] ?? null;
  const findings = useInfiniteQuery(findingsQuery(report.id, kind));
  return (
    <Stack>
      <Chip.Group value={kind ?? ""} onChange={(next) => setSearch({ kind: next as string })}>
        <Group gap="xs" role="group" aria-label={t("kinds")}>
          {KINDS.map((one) => (
            <Chip key={one} value={one} size="sm" disabled={!report.findings_by_kind[one]}>
              {`${t(`kind.${one}`)} · ${formatCount(countOf(report, one))}`}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Loaded query={findings}>
        {(data) =>
          allRows(data).length === 0 ? (
            <EmptyState icon={<IconCircleCheck size={28} />} title={t("clean")}>
              {t("cleanHint")}
            </EmptyState>
          ) : (
            <Stack>
              {allRows(data).map((finding) => (
                <FindingCard key={finding.id} finding={finding} mayWrite={mayWrite} />
              ))}
            </Stack>
          )
        }
      </Loaded>
      {findings.hasNextPage && (
        <Button
          variant="default"
          loading={findings.isFetchingNextPage}
          onClick={() => void findings.fetchNextPage()}
        >
          {t("common:action.more")}
        </Button>
      )}
    </Stack>
  );
}

/** Findings of a kind; the one ranking of suspects counts by the images that stand out. */
const countOf = ({ findings_by_kind: found, figures }: Report, kind: FindingKind): number =>
  (kind === "suspected_mislabel" ? figures.suspicion?.standing_out : undefined) ?? found[kind] ?? 0;
