import { useDisclosure } from "@mantine/hooks";
import { useEffect, useState } from "react";

import { listenToDeskKeys, type DeskKeys } from "../session/deskKeys";
import { rememberOffer, wasOffered } from "../session/tourSteps";
import { NOTE_ID } from "./RemarkSection";
import { useRoom } from "./WorkspaceContext";

/** What is open beside the canvas, and the keys for it. */
export interface Desk {
  lookAlikesOpen: boolean;
  openLookAlikes: () => void;
  closeLookAlikes: () => void;
  tourRuns: boolean;
  tourOffered: boolean;
  startTour: () => void;
  endTour: () => void;
}

export function useDesk(): Desk {
  const { session, workspace, pins } = useRoom();
  const [lookAlikesOpen, lookAlikes] = useDisclosure(false);
  const [tourRuns, tour] = useDisclosure(false);
  const [tourOffered, setTourOffered] = useState(() => !wasOffered());
  const settleOffer = (): void => {
    rememberOffer();
    setTourOffered(false);
  };
  const startTour = (): void => {
    settleOffer();
    tour.open();
  };
  const endTour = (): void => {
    settleOffer();
    tour.close();
  };
  const keys: DeskKeys = {
    reason: (index) => {
      const { phase, remark } = session.state.get();
      const reason = phase.kind === "reviewing" && phase.loaded.task.canned_reasons[index];
      if (reason) session.remark({ reason: remark.reason === reason ? "" : reason });
    },
    note: () => document.getElementById(NOTE_ID)?.focus(),
    pin: () => {
      const { loaded } = workspace.view.get();
      const centre = loaded && { x: loaded.document.widthPx / 2, y: loaded.document.heightPx / 2 };
      const at = workspace.probe.get() ?? centre;
      if (at) pins.place(at);
    },
    lookAlikes: () => {
      const { phase } = session.state.get();
      if (phase.kind === "reviewing" && phase.loaded.task.round === 1) lookAlikes.open();
    },
    tour: startTour,
    cancel: () => {
      if (tourRuns) endTour();
      return tourRuns || pins.cancel();
    },
  };
  useEffect(() => listenToDeskKeys(keys));
  return {
    lookAlikesOpen,
    openLookAlikes: lookAlikes.open,
    closeLookAlikes: lookAlikes.close,
    tourRuns,
    tourOffered,
    startTour,
    endTour,
  };
}
