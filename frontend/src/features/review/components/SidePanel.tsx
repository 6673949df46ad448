import { useTranslation } from "react-i18next";

import { CompareSection } from "./CompareSection";
import { ImageSection } from "./ImageSection";
import { LiveSection } from "./LiveSection";
import { MaskSection } from "./MaskSection";
import { PinSection } from "./PinSection";
import { PredictionSection } from "./PredictionSection";
import { RemarkSection } from "./RemarkSection";
import classes from "./ReviewScreen.module.css";
import { TourOffer } from "./TourOffer";
import type { Desk } from "./useDesk";
import { VerdictBar } from "./VerdictBar";
import { WhySection } from "./WhySection";
import { useView } from "./WorkspaceContext";

/** Prediction, mask and image above; reasons and verdicts always in reach below. */
export function SidePanel({ desk, onUndoVerdict }: { desk: Desk; onUndoVerdict: () => void }) {
  const { t } = useTranslation("review");
  const { loaded } = useView("loaded");
  return (
    <aside className={classes.panel} aria-label={t("verdict.title")}>
      {desk.tourOffered && loaded && <TourOffer onTake={desk.startTour} onDecline={desk.endTour} />}
      <div className={classes.sections}>
        {loaded && (
          <>
            <PredictionSection />
            <MaskSection />
            <CompareSection />
            <ImageSection />
            <WhySection />
            <PinSection />
          </>
        )}
      </div>
      <LiveSection />
      <RemarkSection onLookAlikes={desk.openLookAlikes} />
      <VerdictBar onUndoVerdict={onUndoVerdict} />
    </aside>
  );
}
