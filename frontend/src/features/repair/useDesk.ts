import { useState } from "react";

import { tellFailure } from "@/components/feedback/notices";

import { nextWaiting } from "./decisions";
import { useDecide, type Candidate, type Decision } from "./useRepair";

/** Which candidate is shown, and decisions that go on to the next one without waiting for the server. */
export function useDesk(candidates: readonly Candidate[]) {
  const decide = useDecide();
  const [place, setPlace] = useState(() => Math.max(0, candidates.findIndex(isWaiting)));
  const [underWay, setUnderWay] = useState<ReadonlySet<string>>(new Set());
  const candidate = candidates[Math.min(place, candidates.length - 1)]!;
  const note = (id: string, sent: boolean) =>
    setUnderWay((before) => new Set([...before].filter((one) => one !== id).concat(sent ? [id] : [])));
  const send = (decision: Decision) => {
    const { id } = decision.candidate;
    note(id, true);
    setPlace(nextWaiting(candidates, place, new Set([...underWay, id])));
    decide
      .mutateAsync(decision)
      .catch((error: unknown) => {
        tellFailure(error);
        setPlace(place);
      })
      .finally(() => note(id, false));
  };
  return {
    candidate,
    isUnderWay: underWay.has(candidate.id),
    send,
    show: setPlace,
    move: (by: number) => setPlace(Math.min(candidates.length - 1, Math.max(0, place + by))),
  };
}

const isWaiting = ({ state }: Candidate): boolean => state === "waiting";
