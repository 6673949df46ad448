import { openDB, type DBSchema, type IDBPDatabase } from "idb";

import type { ReviewTask } from "../api/types";
import type { Decision } from "./Outbox";

/** A verdict that the server has not confirmed yet, with all that sending it again takes. */
export interface KeptVerdict {
  /** The idempotency key: the server takes one verdict, however often it is sent. */
  key: string;
  dataset: string;
  task: ReviewTask;
  decision: Decision;
  elapsedMs: number;
  /** Of the mask that it was sent with; null: it was not sent yet. */
  draftVersion: number | null;
}

interface Schema extends DBSchema {
  verdicts: { key: string; value: KeptVerdict & { at: number }; indexes: { dataset: string } };
}

/** Verdicts in IndexedDB until the server has them: a crash of the browser loses none. */
export class LocalVerdicts {
  private readonly database: Promise<IDBPDatabase<Schema>>;

  constructor(name = "flawmark-verdicts") {
    this.database = openDB<Schema>(name, 1, {
      upgrade: (db) =>
        void db.createObjectStore("verdicts", { keyPath: "key" }).createIndex("dataset", "dataset"),
    });
  }

  async keep(verdict: KeptVerdict): Promise<void> {
    const db = await this.database;
    const at = (await db.get("verdicts", verdict.key))?.at ?? Date.now();
    await db.put("verdicts", { ...verdict, at });
  }

  async forget(key: string): Promise<void> {
    await (await this.database).delete("verdicts", key);
  }

  /** What earlier visits could not send, the oldest first; what another tab is sending is its own. */
  async left(dataset: string): Promise<KeptVerdict[]> {
    const rows = await (await this.database).getAllFromIndex("verdicts", "dataset", dataset);
    const busy = await locksHeld();
    return rows.filter(({ key }) => !busy.has(lockOf(key))).sort((a, b) => a.at - b.at);
  }
}

/** Tells other tabs that this one sends a verdict. Where browsers keep no locks, its key alone keeps it single. */
export function holdWhile(key: string, sent: Promise<unknown>): void {
  if ("locks" in navigator) void navigator.locks.request(lockOf(key), () => sent);
}

async function locksHeld(): Promise<Set<string>> {
  if (!("locks" in navigator)) return new Set();
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => name ?? []));
}

const lockOf = (key: string): string => `flawmark-verdict-${key}`;
