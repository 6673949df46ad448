/** Called when another tab has the task, or takes it. */
type OnElsewhere = () => void;

/**
 * Lets one tab of a browser draw on a task at a time: two would share its unsaved strokes in IndexedDB.
 *
 * Browsers keep locks only on secure addresses; elsewhere nothing is locked, and the server's versions guard alone.
 */
export class TaskLock {
  private readonly letGo: () => void;
  private readonly ended: Promise<void>;

  private constructor(name: string, options: LockOptions, onElsewhere: OnElsewhere) {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    this.letGo = letGo;
    this.ended = navigator.locks
      .request(name, options, (lock) => {
        if (lock) return held;
        onElsewhere();
        return Promise.resolve();
      })
      // Rejects when another tab steals the lock.
      .catch(onElsewhere);
  }

  /** Takes the task if no other tab has it; `steal`: even then. */
  static take(taskId: string, steal: boolean, onElsewhere: OnElsewhere): TaskLock | null {
    if (!("locks" in navigator)) return null;
    const options: LockOptions = steal ? { steal } : { ifAvailable: true };
    return new TaskLock(`flawmark-task-${taskId}`, options, onElsewhere);
  }

  /** Resolves when the lock is free again. */
  async release(): Promise<void> {
    this.letGo();
    await this.ended;
  }
}
