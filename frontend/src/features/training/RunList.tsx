import { IconBrain } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { RunTable } from "@/components/jobs/RunTable";

import { runsQuery } from "./useRuns";

/** Earlier and present training runs of a dataset. */
export function RunList({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("training");
  const runs = useQuery(runsQuery(datasetId));
  return (
    <Loaded query={runs}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState icon={<IconBrain size={28} />} title={t("empty")}>
            {t("emptyHint")}
          </EmptyState>
        ) : (
          <RunTable
            runs={rows}
            pathOf={(run) => `/datasets/${datasetId}/train/${run.id}`}
            detailHead={t("trigger")}
            detailOf={(run) => t(`by.${run.trigger}`)}
          />
        )
      }
    </Loaded>
  );
}
