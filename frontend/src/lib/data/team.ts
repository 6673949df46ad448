import type { Session, SessionTeam } from "./types";

const COOKIE = "flawmark_team";
const YEAR_S = 365 * 24 * 3600;

/** The id of the team that this browser works in; empty before the first sign-in. */
export function chosenTeamId(cookies: string = document.cookie): string {
  return /(?:^|;\s*)flawmark_team=([^;]+)/.exec(cookies)?.[1] ?? "";
}

/**
 * Work in another team from now on. A cookie, not a header, carries the choice: pictures and event streams
 * are fetched by the browser itself, which sends no headers of ours.
 */
export function chooseTeam(teamId: string): void {
  document.cookie = `${COOKIE}=${teamId}; path=/; max-age=${YEAR_S}; samesite=lax`;
}

/** The team the session works in: the chosen one, else the first. A stale choice is corrected. */
export function currentTeam(session: Session): SessionTeam | undefined {
  const chosen = chosenTeamId();
  const team = session.teams.find((candidate) => candidate.id === chosen) ?? session.teams[0];
  if (team && team.id !== chosen) chooseTeam(team.id);
  return team;
}
