import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { modals } from "@mantine/modals";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";

import { formatFigure } from "@/components/format";
import { useMay } from "@/lib/data/session";

import { CandidateFacts } from "./CandidateFacts";
import { CandidateStrip } from "./CandidateStrip";
import { canApprove, canReject } from "./decisions";
import classes from "./repair.module.css";
import { useDesk } from "./useDesk";
import type { Candidate, GenerationRun } from "./useRepair";

interface CandidateDeskProps {
  run: GenerationRun;
  candidates: readonly Candidate[];
}

/** One candidate beside its nearest real image, decided by a key; all of them below. */
export function CandidateDesk({ run, candidates }: CandidateDeskProps) {
  const { t } = useTranslation("repair");
  const mayWrite = useMay("write");
  const { candidate, isUnderWay, send, show, move } = useDesk(candidates);
  const mayApprove = mayWrite && !isUnderWay && canApprove(candidate);
  const mayReject = mayWrite && !isUnderWay && canReject(candidate);
  const approve = () => {
    if (!mayApprove) return;
    if (!candidate.looks_defective) send({ candidate, verb: "approve" });
    else askAboutDefect(candidate, t, () => send({ candidate, verb: "approve", confirm: true }));
  };
  const reject = () => {
    if (mayReject) send({ candidate, verb: "reject" });
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
              <Button variant="default" onClick={reject} disabled={!mayReject} aria-keyshortcuts="R">
                {t("reject")}
              </Button>
              <Button onClick={approve} disabled={!mayApprove} aria-keyshortcuts="A">
                {t("approve")}
              </Button>
            </Group>
          )}
        </Group>
        <CandidateStrip candidates={candidates} current={candidate.id} onChoose={show} />
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
