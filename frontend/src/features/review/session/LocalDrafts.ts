import { openDB, type DBSchema, type IDBPDatabase } from "idb";

import type { MaskDocument, StrokeDelta, TileRef } from "@/canvas/MaskDocument";
import { differenceRuns, type Runs } from "@/canvas/geometry/runs";

/** What a task needs to come back as it was left. */
export interface LocalDraft {
  /** The server's draft version that the undo list and the unsaved tiles stand on. */
  version: number;
  steps: StrokeDelta[];
  position: number;
  unsaved: UnsavedTile[];
}

/** A tile with what the server had of it when it was last changed here, packed; null: nothing. */
export interface BasedTile extends TileRef {
  base: string | null;
}

/** A tile that the server does not have yet, as runs of set pixels. */
export interface UnsavedTile extends BasedTile {
  runs: Runs;
}

interface Schema extends DBSchema {
  tasks: {
    key: string;
    value: { task: string; version: number; position: number; sequence: number[]; at: number };
  };
  strokes: { key: [string, number]; value: { task: string; number: number; delta: StrokeDelta } };
  unsaved: {
    key: string;
    value: { key: string; task: string; tile: UnsavedTile };
    indexes: { task: string };
  };
}

const KEPT_FOR_MS = 14 * 24 * 3600 * 1000;

/** Strokes and unsaved tiles in IndexedDB: a reload, a crash or a lost connection costs nothing. */
export class LocalDrafts {
  private readonly database: Promise<IDBPDatabase<Schema>>;
  private readonly numbers = new WeakMap<StrokeDelta, number>();
  private lastNumber = Date.now();

  constructor(name = "flawmark-review") {
    this.database = openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore("tasks", { keyPath: "task" });
        db.createObjectStore("strokes", { keyPath: ["task", "number"] });
        db.createObjectStore("unsaved", { keyPath: "key" }).createIndex("task", "task");
      },
    });
  }

  async read(task: string): Promise<LocalDraft | null> {
    const db = await this.database;
    const record = await db.get("tasks", task);
    if (!record) return null;
    const rows = await db.getAll("strokes", IDBKeyRange.bound([task, 0], [task, Infinity]));
    const byNumber = new Map(rows.map((row) => [row.number, row.delta]));
    const steps = record.sequence
      .map((number) => byNumber.get(number))
      .filter((delta) => delta !== undefined);
    for (const row of rows) this.numbers.set(row.delta, row.number);
    const unsaved = await db.getAllFromIndex("unsaved", "task", task);
    return {
      version: record.version,
      steps,
      position: record.position,
      unsaved: unsaved.map((row) => row.tile),
    };
  }

  /** Keeps the document's undo list and the given changed tiles, in one transaction. */
  async keep(
    task: string,
    version: number,
    document: MaskDocument,
    changed: readonly BasedTile[],
  ): Promise<void> {
    const { steps, position } = document.history;
    const sequence = steps.map((delta) => this.numberOf(delta));
    const tiles: UnsavedTile[] = [];
    for (const ref of changed) {
      // A large brush changes many tiles: between them the page stays awake.
      if (tiles.length > 0) await new Promise((resume) => setTimeout(resume));
      tiles.push({ ...ref, runs: runsOf(document, ref) });
    }
    const transaction = (await this.database).transaction(["tasks", "strokes", "unsaved"], "readwrite");
    const tasks = transaction.objectStore("tasks");
    const strokes = transaction.objectStore("strokes");
    const unsaved = transaction.objectStore("unsaved");
    const earlier = new Set((await tasks.get(task))?.sequence);
    for (const [i, number] of sequence.entries()) {
      if (!earlier.delete(number)) void strokes.put({ task, number, delta: steps[i]! });
    }
    for (const number of earlier) void strokes.delete([task, number]);
    for (const tile of tiles) void unsaved.put({ key: tileKey(task, tile), task, tile });
    void tasks.put({ task, version, position, sequence, at: Date.now() });
    await transaction.done;
  }

  /** Notes that the server now has these tiles, as `version`. */
  async markSaved(task: string, version: number, saved: readonly TileRef[]): Promise<void> {
    const transaction = (await this.database).transaction(["tasks", "unsaved"], "readwrite");
    for (const ref of saved) void transaction.objectStore("unsaved").delete(tileKey(task, ref));
    const record = await transaction.objectStore("tasks").get(task);
    if (record) void transaction.objectStore("tasks").put({ ...record, version });
    await transaction.done;
  }

  /** Forgets a task that was judged. */
  async forget(task: string): Promise<void> {
    const transaction = (await this.database).transaction(["tasks", "strokes", "unsaved"], "readwrite");
    void transaction.objectStore("tasks").delete(task);
    void transaction.objectStore("strokes").delete(IDBKeyRange.bound([task, 0], [task, Infinity]));
    for (const key of await transaction.objectStore("unsaved").index("task").getAllKeys(task)) {
      void transaction.objectStore("unsaved").delete(key);
    }
    await transaction.done;
  }

  /** Drops what nobody came back for in two weeks. */
  async forgetOld(now = Date.now()): Promise<void> {
    for (const record of await (await this.database).getAll("tasks")) {
      if (record.at < now - KEPT_FOR_MS) await this.forget(record.task);
    }
  }

  private numberOf(delta: StrokeDelta): number {
    let number = this.numbers.get(delta);
    if (number === undefined) {
      number = ++this.lastNumber;
      this.numbers.set(delta, number);
    }
    return number;
  }
}

function tileKey(task: string, { layerId, row, col }: TileRef): string {
  return [task, layerId, row, col].join("|");
}

function runsOf(document: MaskDocument, { layerId, row, col }: TileRef): Runs {
  const tile = document.mask(layerId).tile(row, col);
  return tile ? differenceRuns(null, tile.bytes) : new Uint32Array();
}
