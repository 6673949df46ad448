import { Cron } from "croner";

const SHOWN = 3;

/** The next times (UTC) that a schedule fires; null when it is not a schedule. */
export function nextRuns(cron: string, from: Date = new Date()): Date[] | null {
  const fields = cron.trim();
  // The server knows five fields; the library would take seconds and nicknames as well.
  if (fields.split(/\s+/).length !== 5) return null;
  try {
    return new Cron(fields, { timezone: "UTC", paused: true }).nextRuns(SHOWN, from);
  } catch {
    return null;
  }
}
