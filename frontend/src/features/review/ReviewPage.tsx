import { notifications } from "@mantine/notifications";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { Store, useStore } from "@/lib/store";

import { ReviewScreen } from "./components/ReviewScreen";
import { WorkspaceContext } from "./components/WorkspaceContext";
import { openRoom, type Room } from "./session/room";

/** The review workspace of one dataset: `/datasets/:datasetId/review`. */
export function ReviewPage() {
  const { datasetId = "" } = useParams();
  const { t } = useTranslation("review");
  const [holder] = useState(() => new Store<Room | null>(null));
  const room = useStore(holder);

  useEffect(() => {
    const { room: opened, close } = openRoom(datasetId, (notice, values) =>
      notifications.show({ id: notice, message: t(`notice.${notice}`, values ?? {}), color: "yellow" }),
    );
    holder.set(opened);
    return () => {
      close();
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
