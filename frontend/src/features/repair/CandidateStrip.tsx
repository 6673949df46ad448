import { IconAlertTriangle, IconCheck, IconCopy, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { standingOf } from "./decisions";
import classes from "./repair.module.css";
import type { Candidate } from "./useRepair";

interface CandidateStripProps {
  candidates: readonly Candidate[];
  current: string;
  onChoose: (place: number) => void;
}

/** All candidates as small pictures, with what was decided. */
export function CandidateStrip({ candidates, current, onChoose }: CandidateStripProps) {
  const { t } = useTranslation("repair");
  return (
    <ul className={classes["strip"]}>
      {candidates.map((candidate, place) => {
        const standing = standingOf(candidate);
        const name = t("candidate", { number: candidate.position + 1 });
        return (
          <li key={candidate.id}>
            <button
              type="button"
              className={classes["tile"]}
              aria-current={candidate.id === current}
              aria-label={`${name}: ${t(`stateOf.${standing}`)}`}
              data-decision={standing}
              onClick={() => onChoose(place)}
            >
              <img src={candidate.thumbnail_url} alt="" loading="lazy" />
              <Mark candidate={candidate} />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Mark({ candidate }: { candidate: Candidate }) {
  const icon = markOf(candidate);
  return icon && <span className={classes["mark"]}>{icon}</span>;
}

function markOf(candidate: Candidate) {
  const standing = standingOf(candidate);
  if (standing === "approved") return <IconCheck size={16} />;
  if (standing !== "waiting") return <IconX size={16} />;
  if (candidate.looks_defective) return <IconAlertTriangle size={16} />;
  return candidate.is_copy ? <IconCopy size={16} /> : null;
}
