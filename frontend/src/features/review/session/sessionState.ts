import type { Which } from "../api/calls";
import type { Review } from "../api/types";
import type { LoadedTask } from "./loadTask";
import { NOTHING_DONE, type Tally } from "./tally";

export type Phase =
  | { kind: "loading" }
  | { kind: "empty" }
  | { kind: "failed"; message: string }
  | { kind: "reviewing"; loaded: LoadedTask; startedAt: number };

/** What a reviewer says besides the verdict. */
export interface Remark {
  reason: string;
  comment: string;
}

/** Which images this person wants; empty: all. */
export interface QueueFilter {
  band?: NonNullable<Which["band"]>;
  reason?: NonNullable<Which["reason"]>;
}

export interface SessionState {
  phase: Phase;
  /** The task that comes after this one, once it is loaded. */
  next: LoadedTask | null;
  /** Tasks still waiting, as the server last said. */
  queueLength: number | null;
  /** What the server has taken in this visit. */
  tally: Tally;
  lastReview: Review | null;
  /** What goes with the next verdict. */
  remark: Remark;
  filter: QueueFilter;
  leaseLost: boolean;
  /** Verdicts on their way. */
  sending: number;
  /** True while the server cannot be reached. */
  offline: boolean;
  /** Verdicts of an earlier visit that the server took in this one. */
  resent: number;
  /** A verdict that the server refused, shown once. */
  refusal: { filename: string; message: string } | null;
}

export const NO_REMARK: Remark = { reason: "", comment: "" };

/** Before anything was leased. */
export const AT_FIRST: SessionState = {
  phase: { kind: "loading" },
  next: null,
  queueLength: null,
  tally: NOTHING_DONE,
  lastReview: null,
  remark: NO_REMARK,
  filter: {},
  leaseLost: false,
  sending: 0,
  offline: false,
  resent: 0,
  refusal: null,
};
