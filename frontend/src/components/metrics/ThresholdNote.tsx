import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatDecimal } from "@/components/format";
import type { Thresholds } from "@/lib/data/types";

/** The thresholds that serve, or how many held-out normals are missing to set them. */
export function ThresholdNote({ thresholds }: { thresholds: Thresholds | null }) {
  const { t } = useTranslation();
  if (!thresholds || (thresholds.t1 === null && thresholds.t2 === null)) {
    return (
      <Text size="sm" c="yellow">
        {t("threshold.missing", { count: thresholds?.missing_normals ?? 0 })}
      </Text>
    );
  }
  return (
    <div>
      <Text size="sm">
        {t(thresholds.t2 === null ? "threshold.reviewOnly" : "threshold.set", {
          t1: formatDecimal(thresholds.t1),
          t2: formatDecimal(thresholds.t2),
        })}
      </Text>
      {thresholds.missing_normals > 0 && (
        <Text size="sm" c="yellow">
          {t("threshold.partly", { count: thresholds.missing_normals })}
        </Text>
      )}
    </div>
  );
}
