import { Button } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useTranslation } from "react-i18next";

import { tellFailure } from "@/components/feedback/notices";
import { isRunning, useCancelJob } from "@/lib/data/jobs";
import type { Job } from "@/lib/data/types";

/** Asks, then stops a job; nothing where the job has ended. */
export function CancelJobButton({ job }: { job: Job }) {
  const { t } = useTranslation();
  const cancel = useCancelJob();
  if (!isRunning(job)) return null;
  const ask = () =>
    modals.openConfirmModal({
      title: t("job.cancelTitle"),
      children: t("job.cancelText", { title: job.title }),
      labels: { confirm: t("job.cancelConfirm"), cancel: t("job.keepRunning") },
      confirmProps: { color: "red" },
      onConfirm: () => cancel.mutate(job.id, { onError: tellFailure }),
    });
  return (
    <Button
      size="xs"
      variant="default"
      onClick={ask}
      disabled={job.cancel_requested_at != null}
      loading={cancel.isPending}
    >
      {t("job.cancel")}
    </Button>
  );
}
