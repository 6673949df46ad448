import { BrushTool } from "./BrushTool";
import { PanTool } from "./PanTool";
import { PickTool } from "./PickTool";
import { PolygonTool } from "./PolygonTool";
import { RectangleTool } from "./RectangleTool";
import type { Tool, ToolContext, ToolId } from "./tool";

/** Every tool of the canvas, made once per engine. */
export function createTools(context: ToolContext): Record<ToolId, Tool> {
  return {
    brush: new BrushTool(context, 1),
    eraser: new BrushTool(context, 0),
    polygon: new PolygonTool(context),
    rectangle: new RectangleTool(context),
    region: new PickTool(context, "region"),
    wand: new PickTool(context, "wand"),
    why: new PickTool(context, "why"),
    pan: new PanTool(context),
  };
}

export type { Pick, Tool, ToolContext, ToolId, ToolPointer } from "./tool";
