import { Alert, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconArrowsDiff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { Page } from "@/components/layout/Page";

import { CurveComparison } from "./CurveComparison";
import { FlipTable } from "./FlipTable";
import { MetricTable } from "./MetricTable";
import { comparisonQuery, type Comparison } from "./useModels";

/** Two models side by side: figures on the same test split, and the images that change band. */
export function ComparePage() {
  const { t } = useTranslation("models");
  const [search] = useSearchParams();
  const [first, second] = (search.get("ids") ?? "").split(",");
  return (
    <Page title={t("compareTitle")} maxWidth_px={1100}>
      {first && second ? (
        <Pair ids={[first, second]} />
      ) : (
        <EmptyState icon={<IconArrowsDiff size={28} />} title={t("chooseTwo")}>
          {t("chooseTwoHint")}
        </EmptyState>
      )}
    </Page>
  );
}

function Pair({ ids }: { ids: readonly [string, string] }) {
  const comparison = useQuery(comparisonQuery(ids));
  return <Loaded query={comparison}>{(data) => <SideBySide comparison={data} />}</Loaded>;
}

function SideBySide({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("models");
  const datasetId = useParams()["datasetId"]!;
  return (
    <Stack gap="xl">
      {!comparison.same_test_split && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />}>
          {t("otherTestSplit")}
        </Alert>
      )}
      <MetricTable models={comparison.models} />
      <CurveComparison models={comparison.models} />
      <Stack component="section" gap="sm">
        <Title order={2} size="h4">
          {t("flips")}
        </Title>
        <Text size="sm" c="dimmed">
          {comparison.compared_images === 0
            ? t("notScored")
            : t("flipped", { count: comparison.flipped_images, all: comparison.compared_images })}
        </Text>
        {comparison.flips.length > 0 && <FlipTable flips={comparison.flips} datasetId={datasetId} />}
      </Stack>
    </Stack>
  );
}
