import { cleared, everything, extended, moved, toggled, type Selection } from "./selection";
import type { Changes } from "./useImages";

interface Key {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

interface Grid {
  selection: Selection;
  order: readonly string[];
  columns: number;
}

interface Action {
  selection?: Selection;
  changes?: Changes;
  /** The image to show at the side; null closes it. */
  open?: string | null;
}

const CHANGES: Record<string, Changes> = {
  n: { label: "normal" },
  d: { label: "defective" },
  u: { label: "unlabelled" },
  q: { quarantined: true },
};

/** What a key does in the grid; undefined leaves it to the browser. */
export function actionOfKey(event: Key, grid: Grid): Action | undefined {
  const { selection, order } = grid;
  const step = stepOfKey(event.key, grid);
  if (step !== undefined) return { selection: moved(selection, order, step, event.shiftKey) };
  if (event.ctrlKey || event.metaKey) {
    return event.key.toLowerCase() === "a" ? { selection: everything(selection, order) } : undefined;
  }
  switch (event.key) {
    case " ":
      return {
        selection: event.shiftKey
          ? extended(selection, order, selection.focused)
          : toggled(selection, order, selection.focused),
      };
    case "Enter":
      return { open: order[selection.focused] ?? null };
    case "Escape":
      return { selection: cleared(selection), open: null };
    default: {
      const changes = CHANGES[event.key.toLowerCase()];
      return changes && { changes };
    }
  }
}

function stepOfKey(key: string, { columns, order }: Grid): number | undefined {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    Home: -order.length,
    End: order.length,
  };
  return steps[key];
}
