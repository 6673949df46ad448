import { Alert, Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import type { DraftSync } from "../session/DraftSync";
import classes from "./ReviewScreen.module.css";
import { useRoom, useView } from "./WorkspaceContext";

/** Things that the reviewer must know now, above the image. */
export function Banners() {
  const { t } = useTranslation("review");
  const { session } = useRoom();
  const { webgl, loaded } = useView("webgl", "loaded");
  const { offline, leaseLost, refusal } = useStore(session.state);
  return (
    <div className={classes.banners}>
      {webgl !== "ready" && (
        <Banner>{t(webgl === "missing" ? "banner.webglMissing" : "banner.webglLost")}</Banner>
      )}
      {offline ? <Banner>{t("banner.offline")}</Banner> : loaded && <OfflineDraft draft={loaded.draft} />}
      {leaseLost && (
        <Banner action={t("banner.nextImage")} onAction={() => session.leave()}>
          {t("banner.leaseLost")}
        </Banner>
      )}
      {refusal && <Banner onClose={() => session.dismissRefusal()}>{t("banner.refusal", refusal)}</Banner>}
    </div>
  );
}

function OfflineDraft({ draft }: { draft: DraftSync }) {
  const { t } = useTranslation("review");
  return useStore(draft.state) === "offline" ? <Banner>{t("banner.offline")}</Banner> : null;
}

interface BannerProps {
  children: ReactNode;
  action?: string;
  onAction?: () => void;
  onClose?: () => void;
}

function Banner({ children, action, onAction, onClose }: BannerProps) {
  return (
    <Alert
      color="yellow"
      variant="filled"
      styles={{ root: { background: "#4a3a10", border: "1px solid #8a6a1a" }, message: { color: "#ffe9b8" } }}
      withCloseButton={onClose !== undefined}
      {...(onClose ? { onClose } : {})}
    >
      <Group justify="space-between" wrap="nowrap">
        <span>{children}</span>
        {action && (
          <Button size="xs" color="yellow" variant="light" style={{ flex: "none" }} onClick={onAction}>
            {action}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
