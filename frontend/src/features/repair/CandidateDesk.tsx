import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { modals } from "@mantine/modals";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { tellFailure } from "@/components/feedback/notices";
import { formatFigure } from "@/components/format";
import { useMay } from "@/lib/data/session";

import { CandidateFacts } from "./CandidateFacts";
import { CandidateStrip } from "./CandidateStrip";
import { canApprove, canReject, nextWaiting } from "./decisions";
import classes from "./repair.module.css";
import { useDecide, type Candidate, type Decision, type GenerationRun } from "./useRepair";

interface CandidateDeskProps {
  run: GenerationRun;
  candidates: readonly Candidate[];
}

/** One candidate beside its nearest real image, decided by a key; all of them below. */
export function CandidateDesk({ run, candidates }: CandidateDeskProps) {
  const { t } = useTranslation("repair");
  const mayWrite = useMay("write");
  const decide = useDecide();
  const [place, setPlace] = useState(() =>
    Math.max(
      0,
      candidates.findIndex(({ state }) => state === "waiting"),
    ),
  );
  const candidate = candidates[Math.min(place, candidates.length - 1)]!;
  const move = (by: number) => setPlace(Math.min(candidates.length - 1, Math.max(0, place + by)));
  const send = (decision: Decision) =>
    decide.mutate(decision, {
      onSuccess: () => setPlace(nextWaiting(candidates, place)),
      onError: tellFailure,
    });
  const approve = () => {
    if (!mayWrite || decide.isPending || !canApprove(candidate)) return;
    if (!candidate.looks_defective) send({ candidate, verb: "approve" });
    else askAboutDefect(candidate, t, () => send({ candidate, verb: "approve", confirm: true }));
  };
  const reject = () => {
    if (mayWrite && !decide.isPending && canReject(candidate)) send({ candidate, verb: "reject" });
  };
  useHotkeys([
    ["A", approve],
    ["R", reject],
    ["ArrowRight", () => move(1)],
    ["ArrowLeft", () => move(-1)],
  ]);
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <CandidatePair candidate={candidate} />
        <Group justify="space-between" align="flex-start">
          <CandidateFacts candidate={candidate} run={run} />
          {mayWrite && (
            <Group gap="xs">
              <Button
                variant="default"
                onClick={reject}
                disabled={decide.isPending || !canReject(candidate)}
                aria-keyshortcuts="R"
              >
                {t("reject")}
              </Button>
              <Button
                onClick={approve}
                disabled={decide.isPending || !canApprove(candidate)}
                aria-keyshortcuts="A"
              >
                {t("approve")}
              </Button>
            </Group>
          )}
        </Group>
        <CandidateStrip candidates={candidates} current={candidate.id} onChoose={setPlace} />
        <Text size="xs" c="dimmed">
          {t("keys")}
        </Text>
      </Stack>
    </Paper>
  );
}

function CandidatePair({ candidate }: { candidate: Candidate }) {
  const { t } = useTranslation("repair");
  const name = t("candidate", { number: candidate.position + 1 });
  return (
    <div className={classes["pair"]}>
      <figure>
        <img src={candidate.picture_url} alt={name} />
        <Text component="figcaption" size="sm" mt={4}>
          {`${t("generated")}: ${name}`}
        </Text>
      </figure>
      <figure>
        {candidate.nearest_image ? (
          <>
            <img src={`/api/v1/images/${candidate.nearest_image}/content/`} alt={t("nearest")} />
            <Text component="figcaption" size="sm" mt={4}>
              {`${t("nearest")}: ${candidate.nearest_filename ?? ""}`}
            </Text>
          </>
        ) : (
          <Text size="sm" c="dimmed">
            {t("noNearest")}
          </Text>
        )}
      </figure>
    </div>
  );
}

function askAboutDefect(candidate: Candidate, t: TFunction<"repair">, onConfirm: () => void) {
  modals.openConfirmModal({
    title: t("confirmTitle"),
    children: t("confirmText", {
      score: formatFigure(candidate.image_score),
      limit: formatFigure(candidate.score_limit),
    }),
    labels: { confirm: t("confirmYes"), cancel: t("confirmNo") },
    confirmProps: { color: "red" },
    onConfirm,
  });
}
