import type { LocalDrafts } from "./LocalDrafts";
import type { KeptVerdict } from "./LocalVerdicts";
import { loadDraft, type LoadedTask } from "./loadTask";
import { takesDrawing, type Decision, type Judgement } from "./Outbox";

/** A verdict on the image on the screen, given `elapsedMs` after it came. */
export function judgementOf(loaded: LoadedTask, decision: Decision, elapsedMs: number): Judgement {
  const { task, draft } = loaded;
  const prepare = async (): Promise<number> => {
    // Other verdicts need no mask, but the draft must hold still while they are given.
    await (takesDrawing(decision.verdict) ? draft.flush() : draft.settle());
    return draft.version;
  };
  return { key: crypto.randomUUID(), task, decision, elapsedMs, loaded, prepare };
}

/** A verdict of an earlier visit that may not have reached the server. */
export function judgementAgain(kept: KeptVerdict, local: LocalDrafts): Judgement {
  const { key, task, decision, elapsedMs, draftVersion } = kept;
  const prepare = async (): Promise<number> => {
    if (draftVersion !== null) return draftVersion;
    if (!takesDrawing(decision.verdict)) return 0;
    const { draft } = await loadDraft(task, local);
    try {
      await draft.flush();
      return draft.version;
    } finally {
      draft.stop();
    }
  };
  return { key, task, decision, elapsedMs, loaded: null, prepare };
}
