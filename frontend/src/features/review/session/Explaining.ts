import { Store } from "@/lib/store";

import { fetchExplanation } from "../api/lookCalls";
import type { Explanation } from "../api/types";
import type { LoadedTask } from "./loadTask";
import { messageOf } from "./messageOf";

export type ExplainingState =
  | { kind: "idle" }
  | { kind: "asking"; x: number; y: number }
  | { kind: "failed"; message: string }
  | { kind: "answered"; explanation: Explanation };

/** "Why is this anomalous?": the normal patches that a clicked pixel was compared with. */
export class Explaining {
  readonly state = new Store<ExplainingState>({ kind: "idle" });
  private loaded: LoadedTask | null = null;

  setTask(loaded: LoadedTask | null): void {
    this.loaded = loaded;
    this.state.set({ kind: "idle" });
  }

  async ask(x: number, y: number): Promise<void> {
    const inspection = this.loaded?.task.inspection;
    if (!inspection) return;
    const asking = { kind: "asking", x, y } as const;
    this.state.set(asking);
    let answer: ExplainingState;
    try {
      answer = { kind: "answered", explanation: await fetchExplanation(inspection.id, { x, y }) };
    } catch (error) {
      answer = { kind: "failed", message: messageOf(error) };
    }
    if (this.state.get() === asking) this.state.set(answer);
  }
}
