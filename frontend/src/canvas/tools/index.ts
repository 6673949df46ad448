import { BrushTool } from "./BrushTool";
import { PanTool } from "./PanTool";
import { PolygonTool } from "./PolygonTool";
import { RectangleTool } from "./RectangleTool";
import { RegionTool } from "./RegionTool";
import type { Tool, ToolContext, ToolId } from "./tool";

/** Every tool of the canvas, made once per engine. */
export function createTools(context: ToolContext): Record<ToolId, Tool> {
  return {
    brush: new BrushTool(context, 1),
    eraser: new BrushTool(context, 0),
    polygon: new PolygonTool(context),
    rectangle: new RectangleTool(context),
    region: new RegionTool(context),
    pan: new PanTool(context),
  };
}

export type { Tool, ToolContext, ToolId, ToolPointer } from "./tool";
