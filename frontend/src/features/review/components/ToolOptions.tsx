import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { MAX_BRUSH_PX, MIN_BRUSH_PX } from "@/canvas/CanvasEngine";
import { useStore } from "@/lib/store";

import { LabelledSlider } from "./LabelledSlider";
import { useRoom } from "./WorkspaceContext";

const SOURCES = ["image", "score"] as const;
const MOST_SPECK_PX = 4096;

/** The numbers of the tool in hand. */
export function ToolOptions() {
  const { t } = useTranslation("review");
  const { workspace } = useRoom();
  const { tool, brushPx, speckPx } = useStore(workspace.settings);
  return (
    <>
      {tool === "wand" && <WandOptions />}
      {(tool === "brush" || tool === "eraser") && (
        <LogSlider
          label={t("tools.brushSize")}
          value={brushPx}
          min={MIN_BRUSH_PX}
          max={MAX_BRUSH_PX}
          onChange={(size) => workspace.settings.setBrushPx(size)}
        />
      )}
      <LogSlider
        label={t("tools.speckSize")}
        value={speckPx}
        min={2}
        max={MOST_SPECK_PX}
        onChange={(size) => workspace.settings.update({ speckPx: size })}
      />
    </>
  );
}

function WandOptions() {
  const { t } = useTranslation("review");
  const { workspace } = useRoom();
  const { wandSource, wandTolerance } = useStore(workspace.settings);
  return (
    <>
      <SegmentedControl
        fullWidth
        size="xs"
        mb={8}
        aria-label={t("tools.wandSource")}
        value={wandSource}
        onChange={(value) => workspace.settings.update({ wandSource: value })}
        data={SOURCES.map((value) => ({ value, label: t(`tools.wandOn.${value}`) }))}
      />
      <LabelledSlider
        label={t("tools.wandTolerance")}
        value={wandTolerance}
        min={0}
        max={1}
        step={0.005}
        shown={`${(wandTolerance * 100).toFixed(1)} %`}
        onChange={(tolerance) => workspace.settings.update({ wandTolerance: tolerance })}
      />
    </>
  );
}

interface LogSliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  onChange: (value: number) => void;
}

/** Sizes in pixels: a straight scale would leave no room for the small ones that matter most. */
function LogSlider({ label, value, min, max, onChange }: LogSliderProps) {
  return (
    <LabelledSlider
      label={label}
      value={Math.log2(value)}
      min={Math.log2(min)}
      max={Math.log2(max)}
      step={0.05}
      shown={`${value} px`}
      onChange={(power) => onChange(Math.round(2 ** power))}
    />
  );
}
