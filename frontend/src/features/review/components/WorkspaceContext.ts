import { createContext, useContext } from "react";

import { useFields } from "@/lib/store";

import type { Room } from "../session/room";
import type { ViewState } from "../session/viewState";

export const WorkspaceContext = createContext<Room | null>(null);

/** The workspace that this component is part of. */
export function useRoom(): Room {
  const room = useContext(WorkspaceContext);
  if (!room) throw new Error("This component belongs inside a review workspace.");
  return room;
}

/** The workspace with some of its view state; what else changes there draws nothing again. */
export function useView<K extends keyof ViewState>(...fields: [K, ...K[]]) {
  const { workspace } = useRoom();
  return { workspace, ...useFields(workspace.view, ...fields) };
}
