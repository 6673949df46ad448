import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { askReason } from "@/components/dialogs/askReason";
import { useMay } from "@/lib/data/session";
import type { Model } from "@/lib/data/types";

import { usePromote, useRollback } from "./useModels";

/** Promote a model, or roll the champion back; both ask why. */
export function ModelActions({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const mayWrite = useMay("write");
  const promote = usePromote();
  const rollback = useRollback();
  const number = model.number;
  if (!mayWrite) return null;
  const askPromote = () =>
    askReason({
      title: t("promoteTitle", { number }),
      text: t("promoteText"),
      label: t("reason"),
      confirm: t("promote"),
      onConfirm: (reason) => promote.mutate({ model, reason }),
    });
  const askRollback = () =>
    askReason({
      title: t("rollbackTitle", { number }),
      text: t("rollbackText"),
      label: t("reason"),
      confirm: t("rollback"),
      onConfirm: (reason) => rollback.mutate({ model, reason }),
    });
  return (
    <Group gap="xs" justify="flex-end">
      {model.stage === "champion" ? (
        <Button size="xs" variant="subtle" color="gray" onClick={askRollback} loading={rollback.isPending}>
          {t("rollback")}
        </Button>
      ) : (
        <Button size="xs" variant="default" onClick={askPromote} loading={promote.isPending}>
          {t("promote")}
        </Button>
      )}
    </Group>
  );
}
