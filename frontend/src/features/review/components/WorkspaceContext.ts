import { createContext, useContext } from "react";

import { useStore } from "@/lib/store";

import type { Room } from "../session/room";

export const WorkspaceContext = createContext<Room | null>(null);

/** The workspace that this component is part of. */
export function useRoom(): Room {
  const room = useContext(WorkspaceContext);
  if (!room) throw new Error("This component belongs inside a review workspace.");
  return room;
}

/** The workspace with its present view state. */
export function useView() {
  const { workspace } = useRoom();
  return { workspace, ...useStore(workspace.view) };
}
