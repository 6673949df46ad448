import type { components } from "../lib/api/schema";

type Schemas = components["schemas"];
type Task = Schemas["ReviewTask"];

/** One task of the pretended queue with the bytes that belong to it. */
export interface MockTask {
  task: Task;
  imageBytes: Uint8Array<ArrayBuffer>;
  mapValues: Uint16Array<ArrayBuffer> | null;
}

interface DraftRow {
  version: number;
  tiles: Map<string, Schemas["TileChangeRequest"]>;
}

/** What one request asked for. */
export interface SeenRequest {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

type Route = (id: string, seen: SeenRequest) => Response | null;

/** The review endpoints in memory, for component tests: leases, drafts with versions, verdicts. */
export class MockReviewServer {
  readonly seen: SeenRequest[] = [];
  readonly verdicts: { task: string; body: Schemas["VerdictRequest"] }[] = [];
  readonly drafts = new Map<string, DraftRow>();
  /** Set to make every request fail as without a network. */
  offline = false;
  /** Set to take verdicts but break the connection before the answer. */
  losesAnswers = false;
  /** Set to take no verdict. */
  refusesVerdicts = false;
  /** Tasks whose lease another reviewer took. */
  readonly lostLeases = new Set<string>();
  /** What looking further brings into the queue. */
  passing: MockTask[] = [];
  private readonly queue: MockTask[];
  private readonly judged: string[] = [];

  constructor(queue: MockTask[]) {
    this.queue = queue;
  }

  readonly handle = async (input: Request | string, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    if (this.offline) throw new TypeError("network");
    const path = new URL(request.url).pathname;
    const text = request.method === "GET" ? "" : await request.text();
    const body: unknown = text ? JSON.parse(text) : null;
    const seen = { method: request.method, path, headers: request.headers, body };
    this.seen.push(seen);
    const [, collection, id = "", action = ""] =
      /^\/api\/v1\/([^/]+)\/(?:([^/]+)\/)?(?:([^/]+)\/)?$/.exec(path) ?? [];
    const isOfAll = ["lease", "further", "summary"].includes(id);
    const answer = this.answer(`${request.method} ${collection ?? ""} ${isOfAll ? id : action}`, id, seen);
    if (this.losesAnswers) throw new TypeError("network");
    return answer;
  };

  private answer(route: string, id: string, seen: SeenRequest): Response {
    return this.routes[route]?.(id, seen) ?? problem(404, "not_found", "There is nothing here.");
  }

  /** Changes a draft as another window would. */
  changeElsewhere(taskId: string, change: Schemas["TileChangeRequest"]): void {
    const draft = this.draft(taskId);
    draft.version++;
    draft.tiles.set(tileKey(change), change);
  }

  private readonly routes: Record<string, Route> = {
    "POST review-tasks lease": (_, { body }) => this.lease(body as Schemas["LeaseInRequest"]),
    "POST review-tasks further": () => this.lookFurther(),
    "GET review-tasks summary": () => json({ waiting_for_me: this.waiting().length }),
    "POST review-tasks heartbeat": (id) =>
      this.lostLeases.has(id)
        ? problem(409, "lease_lost", "Another reviewer has this image now.")
        : json({ expires_at: new Date(Date.now() + 90_000).toISOString() }),
    "POST review-tasks release": () => new Response(null, { status: 204 }),
    "GET review-tasks draft": (id) => this.readDraft(id),
    "PATCH review-tasks draft": (id, seen) => this.patchDraft(id, seen),
    "POST review-tasks verdict": (id, { body }) => this.judge(id, body as Schemas["VerdictRequest"]),
    "POST reviews undo": (id) => this.undo(id),
    "GET inspections map": (id) => binary(this.find((each) => each.task.inspection?.id === id)?.mapValues),
    "GET images content": (id) => binary(this.find((each) => each.task.image.id === id)?.imageBytes),
  };

  private find(matches: (each: MockTask) => boolean): MockTask | undefined {
    return this.queue.find(matches);
  }

  private waiting(): MockTask[] {
    return this.queue.filter(({ task }) => !this.judged.includes(task.id));
  }

  private lease({ after, loaded = [], task }: Schemas["LeaseInRequest"]): Response {
    const waiting = this.waiting();
    const but = [after, ...loaded];
    const next = waiting.find((each) => (task ? each.task.id === task : !but.includes(each.task.id)));
    if (!next) return new Response(null, { status: 204 });
    return json({ ...next.task, queue_length: waiting.length });
  }

  private lookFurther(): Response {
    const found = this.passing.splice(0);
    this.queue.push(...found);
    return json(found.map(({ task }) => ({ id: task.id })));
  }

  private draft(id: string): DraftRow {
    const draft = this.drafts.get(id) ?? {
      version: 0,
      tiles: new Map<string, Schemas["TileChangeRequest"]>(),
    };
    this.drafts.set(id, draft);
    return draft;
  }

  private readDraft(id: string): Response {
    const { version, tiles } = this.draft(id);
    const layers: Schemas["DraftLayer"][] = [];
    for (const { kind, defect_type, row, col, data } of tiles.values()) {
      if (data !== null) layers.push({ kind, defect_type: defect_type ?? null, tiles: [{ row, col, data }] });
    }
    return json({ version, layers }, { ETag: `"${version}"` });
  }

  private patchDraft(id: string, { headers, body }: SeenRequest): Response {
    const draft = this.draft(id);
    if (this.lostLeases.has(id)) return problem(409, "lease_lost", "Another reviewer has this image now.");
    if (headers.get("If-Match") !== `"${draft.version}"`) {
      return problem(412, "draft_changed", "The draft was changed meanwhile.", { version: draft.version });
    }
    for (const change of (body as Schemas["PatchedDraftChangesRequest"]).changes ?? [])
      draft.tiles.set(tileKey(change), change);
    draft.version++;
    return json({ version: draft.version }, { ETag: `"${draft.version}"` });
  }

  private judge(id: string, body: Schemas["VerdictRequest"]): Response {
    if (this.refusesVerdicts) return problem(409, "already_judged", "You have judged this image already.");
    const image = this.find(({ task }) => task.id === id)!.task.image;
    this.verdicts.push({ task: id, body });
    this.judged.push(id);
    return json({ id: `review-${id}`, verdict: body.verdict, late: false, mask_revision: null, image });
  }

  private undo(id: string): Response {
    const task = id.replace("review-", "");
    this.judged.splice(this.judged.indexOf(task), 1);
    return json({ id, task });
  }
}

function tileKey({ kind, defect_type, row, col }: Schemas["TileChangeRequest"]): string {
  return [kind, defect_type, row, col].join("|");
}

function json(body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json", ...headers } });
}

function problem(status: number, code: string, detail: string, current?: unknown): Response {
  const body = JSON.stringify({ title: detail, status, code, detail, current });
  return new Response(body, { status, headers: { "Content-Type": "application/problem+json" } });
}

function binary(
  bytes: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | null | undefined,
): Response | null {
  return bytes ? new Response(bytes.slice().buffer) : null;
}
