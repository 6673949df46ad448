import { ApiError } from "@/lib/api/problem";

import { sendHeartbeat } from "../api/calls";
import type { ReviewTask } from "../api/types";

const HEARTBEAT_MS = 30_000;

interface Holder {
  /** The task on the screen, and those loaded behind it. */
  held: () => { shown: ReviewTask | null; ahead: ReviewTask[] };
  /** The task on the screen went to somebody else. */
  lost: (task: ReviewTask) => void;
  /** Called at each beat. */
  beat: () => void;
}

/** Keeps the leases alive while the page is open. */
export class Heartbeat {
  private readonly holder: Holder;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(holder: Holder) {
    this.holder = holder;
  }

  start(): void {
    this.timer = setInterval(() => void this.beat(), HEARTBEAT_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async beat(): Promise<void> {
    this.holder.beat();
    const { shown, ahead } = this.holder.held();
    for (const task of ahead) sendHeartbeat(task).catch(() => undefined);
    if (!shown) return;
    try {
      await sendHeartbeat(shown);
    } catch (error) {
      if (error instanceof ApiError && error.code === "lease_lost") this.holder.lost(shown);
    }
  }
}
