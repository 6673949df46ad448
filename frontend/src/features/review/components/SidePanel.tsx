import { useTranslation } from "react-i18next";

import { CompareSection } from "./CompareSection";
import { ImageSection } from "./ImageSection";
import { MaskSection } from "./MaskSection";
import { PredictionSection } from "./PredictionSection";
import classes from "./ReviewScreen.module.css";
import { VerdictBar } from "./VerdictBar";
import { WhySection } from "./WhySection";
import { useView } from "./WorkspaceContext";

/** Prediction, mask and image above; the verdicts always in reach below. */
export function SidePanel({ onUndoVerdict }: { onUndoVerdict: () => void }) {
  const { t } = useTranslation("review");
  const { loaded } = useView();
  return (
    <aside className={classes.panel} aria-label={t("verdict.title")}>
      <div className={classes.sections}>
        {loaded && (
          <>
            <PredictionSection />
            <MaskSection />
            <CompareSection />
            <ImageSection />
            <WhySection />
          </>
        )}
      </div>
      <VerdictBar onUndoVerdict={onUndoVerdict} />
    </aside>
  );
}
