import { Button, Group } from "@mantine/core";
import type { TFunction } from "i18next";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Probe as Pixel } from "@/canvas/CanvasEngine";
import { useStore } from "@/lib/store";

import { formatScore } from "../session/scoreScale";
import classes from "./ReviewScreen.module.css";
import { useRoom, useView } from "./WorkspaceContext";

/** The pixel under the pointer, and the zoom. */
export function StatusLine() {
  const { t } = useTranslation("review");
  const { workspace, loaded } = useView("loaded");
  const zoom = useStore(workspace.zoom);
  const image = loaded?.task.image;
  return (
    <footer className={classes.status}>
      {image && (
        <span>
          {image.width_px} × {image.height_px} px · {image.bit_depth} bit
        </span>
      )}
      <Probe />
      <Working />
      <Group gap={2} ml="auto">
        <ZoomButton label={t("zoom.out")} sign="−" onClick={() => workspace.looking.zoomBy(-1)} />
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          w={64}
          aria-label={t("zoom.actual")}
          onClick={() => workspace.looking.zoomToActualSize()}
        >
          {t("zoom.level", { percent: Math.round(zoom * 100) })}
        </Button>
        <ZoomButton label={t("zoom.in")} sign="+" onClick={() => workspace.looking.zoomBy(1)} />
        <ZoomButton label={t("zoom.fit")} sign={t("zoom.fit")} onClick={() => workspace.looking.fit()} />
      </Group>
    </footer>
  );
}

function ZoomButton({ label, sign, onClick }: { label: string; sign: string; onClick: () => void }) {
  return (
    <Button size="compact-xs" variant="subtle" color="gray" aria-label={label} onClick={onClick}>
      {sign}
    </Button>
  );
}

/** Says that a region is being found, where that takes longer than a moment. */
function Working() {
  const { t } = useTranslation("review");
  const { workspace } = useRoom();
  return useStore(workspace.mask.awaited) > 0 ? <span role="status">{t("tools.working")}</span> : null;
}

/**
 * Follows the pointer, once a frame and without a render: each move of a stroke would wait for it otherwise.
 */
function Probe() {
  const { t } = useTranslation("review");
  const { workspace } = useRoom();
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let frame = 0;
    const write = (): void => {
      frame = 0;
      if (place.current) place.current.textContent = probeText(workspace.probe.get(), t);
    };
    const unfollow = workspace.probe.subscribe(() => (frame ||= requestAnimationFrame(write)));
    write();
    return () => {
      unfollow();
      cancelAnimationFrame(frame);
    };
  }, [workspace, t]);
  return <span ref={place} className={classes.probe} data-testid="probe" />;
}

function probeText(probe: Pixel | null, t: TFunction<"review">): string {
  if (!probe) return "";
  const position = t("probe.position", { x: probe.x, y: probe.y });
  return probe.score === null
    ? position
    : `${position} · ${t("probe.score", { score: formatScore(probe.score) })}`;
}
