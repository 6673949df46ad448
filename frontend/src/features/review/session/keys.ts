import type { ToolId } from "@/canvas/tools";

import type { Verdict } from "../api/types";
import type { Workspace } from "./Workspace";

const VERDICTS: Record<string, Verdict> = {
  a: "accept",
  n: "normal",
  d: "defective",
  c: "corrected",
  enter: "corrected",
  s: "skip",
};

const TOOLS: Record<string, ToolId> = {
  b: "brush",
  e: "eraser",
  p: "polygon",
  r: "rectangle",
  w: "region",
  y: "why",
  v: "pan",
};

const PAN_STEP_PX = 60;

const VIEW: Record<string, (workspace: Workspace) => void> = {
  "[": (workspace) => workspace.settings.scaleBrush(-1),
  "]": (workspace) => workspace.settings.scaleBrush(1),
  "+": (workspace) => workspace.looking.zoomBy(1),
  "=": (workspace) => workspace.looking.zoomBy(1),
  "-": (workspace) => workspace.looking.zoomBy(-1),
  "0": (workspace) => workspace.looking.fit(),
  f: (workspace) => workspace.looking.fit(),
  m: (workspace) => workspace.mask.usePrediction(),
  t: (workspace) => workspace.mask.growToContour(),
  o: (workspace) => workspace.mask.fillHoles(),
  x: (workspace) => workspace.mask.removeSpecks(),
  q: (workspace) => workspace.settings.takeWand(),
  k: (workspace) => workspace.looking.toggleKeyboardPointer(),
  j: (workspace) => workspace.comparison.next(),
  arrowleft: (workspace) => workspace.looking.panBy(PAN_STEP_PX, 0),
  arrowright: (workspace) => workspace.looking.panBy(-PAN_STEP_PX, 0),
  arrowup: (workspace) => workspace.looking.panBy(0, PAN_STEP_PX),
  arrowdown: (workspace) => workspace.looking.panBy(0, -PAN_STEP_PX),
};

/** What is not the workspace's own business: the page's. */
export interface PageKeys {
  showShortcuts: () => void;
  undoVerdict: () => void;
}

/** Listens to the whole window; answers how to stop. Keys typed into fields and dialogs are left alone. */
export function listenToKeys(workspace: Workspace, page: PageKeys): () => void {
  const stop = new AbortController();
  const on = { signal: stop.signal };
  window.addEventListener("keydown", (event) => onKeyDown(event, workspace, page), on);
  window.addEventListener("keyup", (event) => onKeyUp(event, workspace), on);
  // A key let go in another window would stay held for ever.
  window.addEventListener("blur", () => letGo(workspace), on);
  window.addEventListener("copy", (event) => onCopy(event, workspace), on);
  window.addEventListener("paste", (event) => onPaste(event, workspace), on);
  return () => stop.abort();
}

function onKeyDown(event: KeyboardEvent, workspace: Workspace, page: PageKeys): void {
  if (event.defaultPrevented || isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  const used =
    event.ctrlKey || event.metaKey
      ? onCommandKey(key, event.shiftKey, workspace)
      : onPlainKey(event, key, workspace, page);
  if (used) event.preventDefault();
}

function onCommandKey(key: string, shift: boolean, workspace: Workspace): boolean {
  if (key === "z" && !shift) workspace.undo();
  else if (key === "y" || key === "z") workspace.redo();
  else return false;
  return true;
}

function onPlainKey(event: KeyboardEvent, key: string, workspace: Workspace, page: PageKeys): boolean {
  if (belongsToControl(event, key)) return false;
  if (workspace.toolKey(event.key, { shift: event.shiftKey, alt: event.altKey })) return true;
  if (key === " ") workspace.looking.setPanHeld(true);
  else if (event.altKey) return false;
  else if (key === "h") workspace.looking.setBare(true);
  else if (key === "l") void workspace.comparison.blink();
  else if (key === "escape") return workspace.escape();
  else if (key === "?") page.showShortcuts();
  else if (event.repeat && key in VERDICTS) return true;
  else if (key === "u") page.undoVerdict();
  else return onMappedKey(key, workspace);
  return true;
}

function onMappedKey(key: string, workspace: Workspace): boolean {
  const verdict = VERDICTS[key];
  const tool = TOOLS[key];
  const layer = workspace.view.get().layers.find((each) => each.key === key);
  if (verdict) workspace.judge(verdict);
  else if (tool) workspace.settings.setTool(tool);
  else if (layer) workspace.selectLayer(layer.id);
  else if (VIEW[key]) VIEW[key](workspace);
  else return false;
  return true;
}

function onKeyUp(event: KeyboardEvent, workspace: Workspace): void {
  if (event.key === " ") workspace.looking.setPanHeld(false);
  if (event.key.toLowerCase() === "h") workspace.looking.setBare(false);
  if (event.key.toLowerCase() === "l") workspace.comparison.release();
}

function onCopy(event: ClipboardEvent, workspace: Workspace): void {
  const isText = isTyping(event.target) || !getSelection()?.isCollapsed;
  const text = isText ? null : workspace.copy();
  if (text === null) return;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
}

function onPaste(event: ClipboardEvent, workspace: Workspace): void {
  if (isTyping(event.target) || !event.clipboardData) return;
  event.preventDefault();
  workspace.paste(event.clipboardData);
}

function letGo(workspace: Workspace): void {
  workspace.looking.setPanHeld(false);
  workspace.looking.setBare(false);
  workspace.comparison.release();
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("[role=dialog]")) return true;
  return target.matches("textarea, select, input:not([type=range], [type=checkbox], [type=radio])");
}

/** A focused button keeps Enter and Space, a focused slider its arrows: the screen stays usable by Tab. */
function belongsToControl(event: KeyboardEvent, key: string): boolean {
  if (!(event.target instanceof HTMLElement)) return false;
  if (key === "enter" || key === " ") return event.target.matches("button, a, [role=button], input");
  return key.startsWith("arrow") && event.target.matches("[role=slider], input, [role=radio]");
}
