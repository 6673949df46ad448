import { notifications } from "@mantine/notifications";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { Store, useStore } from "@/lib/store";

import { ReviewScreen } from "./components/ReviewScreen";
import { WorkspaceContext } from "./components/WorkspaceContext";
import { ReviewSession } from "./session/ReviewSession";
import { Workspace } from "./session/Workspace";

interface Room {
  session: ReviewSession;
  workspace: Workspace;
}

/** The review workspace of one dataset: `/datasets/:datasetId/review`. */
export function ReviewPage() {
  const { datasetId = "" } = useParams();
  const { t } = useTranslation("review");
  const [holder] = useState(() => new Store<Room | null>(null));
  const room = useStore(holder);

  useEffect(() => {
    const session = new ReviewSession(datasetId);
    const workspace = new Workspace(session, (notice, values) =>
      notifications.show({ id: notice, message: t(`notice.${notice}`, values ?? {}), color: "yellow" }),
    );
    const follow = session.state.subscribe(() => {
      const { phase } = session.state.get();
      workspace.show(phase.kind === "reviewing" ? phase.loaded : null);
    });
    session.start();
    holder.set({ session, workspace });
    return () => {
      follow();
      session.stop();
      workspace.destroy();
      holder.set(null);
    };
  }, [datasetId, holder, t]);

  if (!room) return null;
  return (
    <WorkspaceContext value={room}>
      <ReviewScreen datasetId={datasetId} />
    </WorkspaceContext>
  );
}
