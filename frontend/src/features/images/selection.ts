/** Which images are selected, and where keyboard and ranges start from. */
export interface Selection {
  ids: ReadonlySet<string>;
  /** The image that the keyboard is on. */
  focused: number;
  /** Where a range begins. */
  anchor: number;
}

export const NOTHING: Selection = { ids: new Set(), focused: -1, anchor: -1 };

type Ids = readonly string[];

const between = (order: Ids, from: number, to: number) =>
  order.slice(Math.min(from, to), Math.max(from, to) + 1);

/** Adds or removes one image, which becomes the start of the next range. */
export function toggled(selection: Selection, order: Ids, index: number): Selection {
  const id = order[index];
  if (id === undefined) return selection;
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, focused: index, anchor: index };
}

/** Adds everything between the anchor and `index`. */
export function extended(selection: Selection, order: Ids, index: number): Selection {
  if (index < 0 || index >= order.length) return selection;
  const anchor = selection.anchor < 0 ? index : selection.anchor;
  return { ids: new Set([...selection.ids, ...between(order, anchor, index)]), focused: index, anchor };
}

/** Moves the keyboard; with `extend` everything passed is selected. */
export function moved(selection: Selection, order: Ids, step: number, extend: boolean): Selection {
  if (order.length === 0) return selection;
  const start = selection.focused < 0 ? 0 : selection.focused + step;
  const index = Math.min(order.length - 1, Math.max(0, start));
  if (extend) {
    const from = {
      ...selection,
      anchor: selection.anchor < 0 ? Math.max(0, selection.focused) : selection.anchor,
    };
    return extended(from, order, index);
  }
  return { ...selection, focused: index, anchor: index };
}

/** Selects everything that is loaded. */
export const everything = (selection: Selection, order: Ids): Selection => ({
  ...selection,
  ids: new Set(order),
});

/** Forgets the selection, but not where the keyboard is. */
export const cleared = (selection: Selection): Selection => ({ ...selection, ids: new Set() });
