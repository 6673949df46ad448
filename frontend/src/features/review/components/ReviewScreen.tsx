import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { CanvasView } from "@/canvas/CanvasView";
import { useStore } from "@/lib/store";

import { listenToKeys } from "../session/keys";
import { messageOf } from "../session/messageOf";
import { Banners } from "./Banners";
import { ConflictDialog } from "./ConflictDialog";
import { ElsewhereCurtain } from "./ElsewhereCurtain";
import { LookAlikes } from "./LookAlikes";
import { PhaseCurtain } from "./PhaseCurtain";
import { PinLayer } from "./PinLayer";
import classes from "./ReviewScreen.module.css";
import { ShortcutList } from "./ShortcutList";
import { SidePanel } from "./SidePanel";
import { StatusLine } from "./StatusLine";
import { ToolRail } from "./ToolRail";
import { TopBar } from "./TopBar";
import { Tour } from "./Tour";
import { useDesk } from "./useDesk";
import { useRoom } from "./WorkspaceContext";

/** The whole workspace around one canvas; the canvas stays while images come and go. */
export function ReviewScreen({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("review");
  const { session, workspace } = useRoom();
  const { phase } = useStore(session.state);
  const [helpOpen, help] = useDisclosure(false);

  const undoVerdict = (): void => {
    const { lastReview } = session.state.get();
    if (!lastReview) return;
    session.undo(lastReview).then(
      () => notifications.show({ message: t("verdict.undone") }),
      (error: unknown) => notifications.show({ message: messageOf(error), color: "red" }),
    );
  };
  useKeys(undoVerdict, help.open);
  const desk = useDesk();
  useLateNotice();
  useResentNotice();
  useLeaveGuard();

  const filename = phase.kind === "reviewing" ? phase.loaded.task.image.filename : null;
  return (
    <div className={classes.screen} onPointerUp={releaseFocus}>
      <TopBar datasetId={datasetId} onHelp={help.open} onTour={desk.startTour} />
      <ToolRail />
      <section className={classes.stage} aria-label={t("title")} data-tour="stage">
        <CanvasView
          label={filename ? t("canvasLabel", { filename }) : t("noImage")}
          events={workspace.engineEvents}
          onEngine={workspace.attach}
        />
        <PinLayer />
        <PhaseCurtain datasetId={datasetId} />
        <ElsewhereCurtain />
        <Banners />
      </section>
      <SidePanel desk={desk} onUndoVerdict={undoVerdict} />
      <StatusLine />
      <ConflictDialog />
      <ShortcutList opened={helpOpen} onClose={help.close} />
      <LookAlikes opened={desk.lookAlikesOpen} onClose={desk.closeLookAlikes} />
      {desk.tourRuns && <Tour onEnd={desk.endTour} />}
    </div>
  );
}

function useKeys(undoVerdict: () => void, showShortcuts: () => void): void {
  const { workspace } = useRoom();
  useEffect(() => listenToKeys(workspace, { undoVerdict, showShortcuts }));
}

/** A verdict after the lease changes nothing at once: the reviewer should know. */
function useLateNotice(): void {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { lastReview } = useStore(session.state);
  useEffect(() => {
    if (lastReview?.late) notifications.show({ message: t("banner.late"), color: "yellow" });
  }, [lastReview, t]);
}

/** What an earlier visit could not send has reached the server now. */
function useResentNotice(): void {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { resent } = useStore(session.state);
  useEffect(() => {
    if (resent > 0) notifications.show({ id: "resent", message: t("banner.resent", { count: resent }) });
  }, [resent, t]);
}

/** While a verdict is on its way, the browser asks before it closes the page. */
function useLeaveGuard(): void {
  const { session } = useRoom();
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent): void => {
      if (session.state.get().sending > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", guard);
    return () => window.removeEventListener("beforeunload", guard);
  }, [session]);
}

/** A button pressed with the mouse gives the keyboard back: Space then moves the image, not the button. */
function releaseFocus(): void {
  const focused = document.activeElement;
  if (
    focused instanceof HTMLElement &&
    focused.matches("button, [role=slider], input[type=range], input[type=radio]")
  )
    focused.blur();
}
