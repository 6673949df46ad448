import { IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { RunTable } from "@/components/jobs/RunTable";

import { generationsQuery } from "./useRepair";

/** Earlier and present generation runs of a dataset. */
export function GenerationList({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("repair");
  const runs = useQuery(generationsQuery(datasetId));
  return (
    <Loaded query={runs}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState icon={<IconSparkles size={28} />} title={t("empty")}>
            {t("emptyHint")}
          </EmptyState>
        ) : (
          <RunTable
            runs={rows}
            pathOf={(run) => `/datasets/${datasetId}/repair/${run.id}`}
            detailHead={t("decided")}
            detailOf={({ approved, count }) => t("ofCount", { approved, count })}
          />
        )
      }
    </Loaded>
  );
}
