import { ActionIcon, Divider, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconBrush,
  IconBucketDroplet,
  IconEraser,
  IconHelpHexagon,
  IconHandMove,
  IconPolygon,
  IconRectangle,
  IconSalt,
  IconTarget,
  IconWand,
  IconZoomScan,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { ToolId } from "@/canvas/tools";
import { useStore } from "@/lib/store";

import type { MaskActions } from "../session/MaskActions";
import classes from "./ReviewScreen.module.css";
import { useRoom, useView } from "./WorkspaceContext";

const TOOLS: readonly { id: ToolId; key: string; Icon: typeof IconBrush }[] = [
  { id: "brush", key: "B", Icon: IconBrush },
  { id: "eraser", key: "E", Icon: IconEraser },
  { id: "polygon", key: "P", Icon: IconPolygon },
  { id: "rectangle", key: "R", Icon: IconRectangle },
  { id: "wand", key: "Q", Icon: IconWand },
  { id: "region", key: "W", Icon: IconTarget },
  { id: "why", key: "Y", Icon: IconHelpHexagon },
  { id: "pan", key: "V", Icon: IconHandMove },
];

const ACTIONS = [
  { id: "grow", key: "T", Icon: IconZoomScan, act: (mask: MaskActions) => mask.growToContour() },
  { id: "fillHoles", key: "O", Icon: IconBucketDroplet, act: (mask: MaskActions) => mask.fillHoles() },
  { id: "removeSpecks", key: "X", Icon: IconSalt, act: (mask: MaskActions) => mask.removeSpecks() },
] as const;

/** The tools, and undo and redo. */
export function ToolRail() {
  const { t } = useTranslation("review");
  const { workspace } = useRoom();
  const { tool } = useStore(workspace.settings);
  return (
    <nav className={classes.tools} aria-label={t("tools.title")} data-tour="tools">
      {TOOLS.map(({ id, key, Icon }) => (
        <Tooltip key={id} label={`${t(`tools.${id}`)} (${key})`} position="right">
          <ActionIcon
            size="lg"
            variant={tool === id ? "filled" : "subtle"}
            color={tool === id ? "signal" : "gray"}
            aria-label={t(`tools.${id}`)}
            aria-pressed={tool === id}
            aria-keyshortcuts={key}
            onClick={() => workspace.settings.setTool(id)}
          >
            <Icon size={19} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      ))}
      <Divider w={26} my={4} />
      {ACTIONS.map(({ id, key, Icon, act }) => (
        <Tooltip key={id} label={`${t(`tools.${id}`)} (${key})`} position="right">
          <ActionIcon
            size="lg"
            variant="subtle"
            color="gray"
            aria-label={t(`tools.${id}`)}
            aria-keyshortcuts={key}
            onClick={() => act(workspace.mask)}
          >
            <Icon size={19} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      ))}
      <Divider w={26} my={4} />
      <HistoryButtons />
    </nav>
  );
}

/** By themselves: a stroke or an undo then draws only these two again. */
function HistoryButtons() {
  const { t } = useTranslation("review");
  const { workspace, canUndo, canRedo } = useView("canUndo", "canRedo");
  return (
    <>
      <Tooltip label={`${t("tools.undo")} (Ctrl+Z)`} position="right">
        <ActionIcon
          size="lg"
          variant="subtle"
          color="gray"
          aria-label={t("tools.undo")}
          disabled={!canUndo}
          onClick={() => workspace.undo()}
        >
          <IconArrowBackUp size={19} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={`${t("tools.redo")} (Ctrl+Shift+Z)`} position="right">
        <ActionIcon
          size="lg"
          variant="subtle"
          color="gray"
          aria-label={t("tools.redo")}
          disabled={!canRedo}
          onClick={() => workspace.redo()}
        >
          <IconArrowForwardUp size={19} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
    </>
  );
}
