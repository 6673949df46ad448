import type { Role } from "@/lib/data/types";

/** Each role may do what those before it may. */
export const ROLES: readonly Role[] = ["viewer", "reviewer", "curator", "owner"];

/** What a token can be allowed to do. */
export const SCOPES = ["read", "predict", "review", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];
