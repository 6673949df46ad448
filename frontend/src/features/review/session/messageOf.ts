import { isOffline } from "@/lib/api/problem";

/** What went wrong, in a sentence. */
export function messageOf(error: unknown): string {
  if (isOffline(error)) return "The server cannot be reached.";
  return error instanceof Error ? error.message : String(error);
}
