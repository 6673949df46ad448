import { LiveNews } from "./LiveNews";
import { Pins } from "./Pins";
import { ReviewSession } from "./ReviewSession";
import { Workspace, type Notice } from "./Workspace";

/** Everything that one visit to the review workspace of a dataset needs. */
export interface Room {
  session: ReviewSession;
  workspace: Workspace;
  pins: Pins;
  news: LiveNews;
}

/** Makes the room and starts the session; `close` gives back what is in hand. */
export function openRoom(
  datasetId: string,
  notify: (notice: Notice, values?: Record<string, string>) => void,
): { room: Room; close: () => void } {
  const session = new ReviewSession(datasetId);
  const workspace = new Workspace(session, notify);
  const pins = new Pins();
  const lookAgain = (): void => {
    // What somebody draws on is not taken from under their brush. Offline, the next change asks again.
    void session.refresh(workspace.view.get().edited).catch(() => undefined);
  };
  const news = new LiveNews(datasetId, lookAgain, () => session.recount());
  const unfollow = connect({ session, workspace, pins, news });
  session.start();
  news.start();
  const close = (): void => {
    unfollow();
    news.stop();
    session.stop();
    workspace.destroy();
  };
  return { room: { session, workspace, pins, news }, close };
}

/** Brings each task to the canvas and its comments, and each verdict to the news. */
function connect({ session, workspace, pins, news }: Room): () => void {
  let heard = session.state.get().lastReview;
  let learnsLive = false;
  return session.state.subscribe(() => {
    const { phase, next, lastReview } = session.state.get();
    const loaded = phase.kind === "reviewing" ? phase.loaded : null;
    workspace.show(loaded);
    workspace.prepare(next);
    pins.setTask(loaded);
    if (loaded) learnsLive = loaded.task.learns_live;
    if (lastReview && lastReview !== heard) news.expect(lastReview, learnsLive);
    heard = lastReview;
  });
}
