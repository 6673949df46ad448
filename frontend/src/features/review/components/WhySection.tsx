import { Group, Text } from "@mantine/core";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import type { ExplainedImage, Explanation } from "../api/types";
import { formatScore } from "../session/scoreScale";
import classes from "./ReviewScreen.module.css";
import { useView } from "./WorkspaceContext";

const SIDE_PX = 47;
/** A small patch is shown with as much around it again on either side; a large one with less. */
const CONTEXT = 3;
const CONTEXT_SHARE = 0.3;

type Box = readonly [left: number, top: number, right: number, bottom: number];

/** The clicked pixel beside the normal patches that the model compared it with. */
export function WhySection() {
  const { t } = useTranslation("review");
  const { workspace, loaded } = useView("loaded");
  const state = useStore(workspace.explaining.state);
  if (!loaded?.task.inspection) return null;
  return (
    <section
      className={classes.section}
      aria-label={t("why.title")}
      data-testid="why"
      data-state={state.kind}
    >
      <h2 className={classes.heading}>{t("why.title")}</h2>
      {state.kind === "answered" ? (
        <Answer explanation={state.explanation} />
      ) : (
        <Text size="xs" c={state.kind === "failed" ? "yellow.5" : "dark.2"}>
          {state.kind === "idle" && t("why.hint")}
          {state.kind === "asking" && t("why.asking", state)}
          {state.kind === "failed" && state.message}
        </Text>
      )}
    </section>
  );
}

function Answer({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation("review");
  const { loaded } = useView("loaded");
  const { x, y, neighbours } = explanation;
  const first = neighbours.find(({ box_xyxy }) => box_xyxy)?.box_xyxy;
  const half = first ? (first[2]! - first[0]!) / 2 : 8;
  return (
    <Group gap={6} align="flex-start">
      {loaded && (
        <Patch
          image={loaded.task.image}
          box={[x - half, y - half, x + half, y + half]}
          label={t("why.here")}
          caption={t("why.here")}
        />
      )}
      {neighbours.map(({ distance, image, box_xyxy: box }, index) => {
        const shown = formatScore(distance);
        return (
          <Patch
            key={index}
            image={image}
            box={box as Box | null}
            label={t("why.patch", { number: index + 1, distance: shown })}
            caption={shown}
          />
        );
      })}
    </Group>
  );
}

interface PatchProps {
  image: Pick<ExplainedImage, "content_url" | "filename" | "width_px" | "height_px"> | null;
  box: Box | null;
  label: string;
  caption: string;
}

function Patch({ image, box, label, caption }: PatchProps) {
  const { t } = useTranslation("review");
  const title = image ? image.filename : t("why.gone");
  return (
    <figure style={{ margin: 0, width: SIDE_PX }}>
      <div
        role="img"
        aria-label={label}
        title={box ? title : `${title} · ${t("why.later")}`}
        style={{
          width: SIDE_PX,
          height: SIDE_PX,
          background: "#111",
          ...(image ? cropStyle(image, box) : {}),
        }}
      />
      <Text component="figcaption" size="xs" ff="monospace" ta="center">
        {caption}
      </Text>
    </figure>
  );
}

/** The patch with its surroundings; all of an image whose patch has no known place. */
function cropStyle(image: NonNullable<PatchProps["image"]>, box: Box | null): CSSProperties {
  const [left, top, right, bottom] = box ?? [0, 0, image.width_px, image.height_px];
  const patch = Math.max(right - left, bottom - top);
  const room = Math.min(image.width_px, image.height_px) * CONTEXT_SHARE;
  const side = box ? Math.max(patch, Math.min(patch * CONTEXT, room)) : patch;
  const scale = SIDE_PX / side;
  const place = (from: number, to: number): number => ((from + to) / 2) * scale - SIDE_PX / 2;
  return {
    backgroundImage: `url("${image.content_url}")`,
    backgroundSize: `${image.width_px * scale}px ${image.height_px * scale}px`,
    backgroundPosition: `${-place(left, right)}px ${-place(top, bottom)}px`,
    backgroundRepeat: "no-repeat",
    imageRendering: scale > 1 ? "pixelated" : "auto",
  };
}
