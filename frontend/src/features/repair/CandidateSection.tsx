import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { Loaded } from "@/components/feedback/Loaded";
import { tell, tellFailure, tellWithUndo } from "@/components/feedback/notices";
import { useMay } from "@/lib/data/session";

import { CandidateDesk } from "./CandidateDesk";
import {
  candidatesQuery,
  useApproveUnflagged,
  useRemoveGenerated,
  useUndoRemoval,
  type GenerationRun,
} from "./useRepair";

/** The candidates of a run, and what can be done with all of them at once. */
export function CandidateSection({ run }: { run: GenerationRun }) {
  const { t } = useTranslation("repair");
  const candidates = useQuery(candidatesQuery(run.id));
  const mayWrite = useMay("write");
  return (
    <Stack component="section" gap="sm" aria-label={t("candidates")}>
      <Group justify="space-between">
        <Stack gap={0}>
          <Title order={2} size="h4">
            {t("candidates")}
          </Title>
          <Text size="sm" c="dimmed" aria-live="polite">
            {t("tally", { waiting: run.waiting, approved: run.approved, rejected: run.rejected })}
          </Text>
        </Stack>
        <Group gap="xs">
          <Anchor component={Link} size="sm" to={`/datasets/${run.dataset}/images?origin=generated`}>
            {t("seeImages")}
          </Anchor>
          {mayWrite && <TogetherButtons run={run} />}
        </Group>
      </Group>
      <Loaded query={candidates}>
        {(rows) => (rows.length > 0 ? <CandidateDesk run={run} candidates={rows} /> : null)}
      </Loaded>
    </Stack>
  );
}

function TogetherButtons({ run }: { run: GenerationRun }) {
  const { t } = useTranslation("repair");
  const approve = useApproveUnflagged();
  const remove = useRemoveGenerated();
  const undo = useUndoRemoval();
  const approveRest = () =>
    approve.mutate(run.id, {
      onSuccess: ({ approved, flagged }) => tell(t("approvedMany", { count: approved.length, flagged })),
      onError: tellFailure,
    });
  const removeAll = () =>
    remove.mutate(run.id, {
      onSuccess: ({ removed, undo_id }) =>
        tellWithUndo(t("removed", { count: removed }), () => undo(undo_id)),
      onError: tellFailure,
    });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={approveRest}
        loading={approve.isPending}
        disabled={run.waiting === 0}
      >
        {t("approveRest")}
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={removeAll}
        loading={remove.isPending}
        disabled={run.pooled === 0}
      >
        {t("remove")}
      </Button>
    </>
  );
}
