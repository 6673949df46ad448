/** What Shift and a key do beside judging and drawing. */
export interface DeskKeys {
  /** The n-th canned reason, from 0. */
  reason: (index: number) => void;
  note: () => void;
  pin: () => void;
  lookAlikes: () => void;
  tour: () => void;
  /** Says whether there was something to drop. */
  cancel: () => boolean;
}

const ACTIONS: Record<string, "note" | "pin" | "lookAlikes" | "tour"> = {
  KeyN: "note",
  KeyP: "pin",
  KeyL: "lookAlikes",
  KeyT: "tour",
};

/** Listens before the workspace's own keys, which leave alone what was used here; answers how to stop. */
export function listenToDeskKeys(keys: DeskKeys): () => void {
  const listener = (event: KeyboardEvent): void => {
    if (isElsewhere(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (onDeskKey(event, keys)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  window.addEventListener("keydown", listener, { capture: true });
  return () => window.removeEventListener("keydown", listener, { capture: true });
}

function onDeskKey(event: KeyboardEvent, keys: DeskKeys): boolean {
  if (event.key === "Escape") return keys.cancel();
  if (!event.shiftKey || event.repeat) return false;
  // By the place of the key: with Shift every keyboard writes something else.
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
  const action = ACTIONS[event.code];
  if (digit) keys.reason(Number(digit) - 1);
  else if (action) keys[action]();
  else return false;
  return true;
}

function isElsewhere(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("[role=dialog], textarea, input[type=text]") !== null;
}
