import { layerId, layerIdentity, type LayerKind } from "@/canvas/MaskDocument";

import type { DefectType } from "../api/types";

/** A mask layer as the reviewer sees it. */
export interface LayerInfo {
  id: string;
  kind: LayerKind;
  /** Name given by people; null for the layers that the workspace names itself. */
  name: string | null;
  colour: string;
  key: string;
}

const IGNORE_COLOUR = "#9aa5b1";
const NORMAL_COLOUR = "#4cc38a";
const DEFECT_COLOUR = "#ff5d5d";

/** What a layer is for. */
export function layerKindOf(id: string): LayerKind {
  return layerIdentity(id).kind;
}

/** One layer per defect type (one nameless where the dataset has none), one to ignore, one normal region. */
export function layersOf(defectTypes: readonly DefectType[]): LayerInfo[] {
  const wanted = defectTypes.map(({ hotkey }) => (/^[1-9]$/.test(hotkey) ? hotkey : ""));
  // Types without a key of their own get the digits that nobody asked for.
  const free = ["1", "2", "3", "4", "5", "6", "7", "8", "9"].filter((digit) => !wanted.includes(digit));
  const defects = defectTypes.map((type, index) => ({
    id: layerId({ kind: "defect", defectType: type.id }),
    kind: "defect" as const,
    name: type.name,
    colour: type.colour || DEFECT_COLOUR,
    key: wanted[index] || (free.shift() ?? ""),
  }));
  const nameless = { id: "defect", kind: "defect" as const, name: null, colour: DEFECT_COLOUR, key: "1" };
  return [
    ...(defects.length > 0 ? defects : [nameless]),
    { id: "ignore", kind: "ignore", name: null, colour: IGNORE_COLOUR, key: "i" },
    { id: "normal", kind: "normal", name: null, colour: NORMAL_COLOUR, key: "g" },
  ];
}
