import { Button, Stack } from "@mantine/core";
import { IconAdjustments } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { Page } from "@/components/layout/Page";
import { modelsQuery } from "@/lib/data/models";
import type { Model } from "@/lib/data/types";

import { ThresholdHistory } from "./ThresholdHistory";
import { useReviewedPixels, useReviewedScores } from "./useThresholds";
import { WhatIf } from "./WhatIf";

/** What other thresholds would have done with every image whose answer is known. */
export function ThresholdsPage() {
  const { t } = useTranslation("thresholds");
  const datasetId = useParams()["datasetId"]!;
  const models = useQuery(modelsQuery(datasetId));
  return (
    <Page title={t("title")} description={t("description")} maxWidth_px={1180}>
      <Loaded query={models}>
        {(list) => {
          const champion = list.find((model) => model.stage === "champion");
          return champion ? (
            <Champion key={champion.id} model={champion} datasetId={datasetId} />
          ) : (
            <Nothing title={t("noChampion")} hint={t("noChampionHint")} to={`/datasets/${datasetId}/models`}>
              {t("toModels")}
            </Nothing>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Champion({ model, datasetId }: { model: Model; datasetId: string }) {
  const { t } = useTranslation("thresholds");
  const scores = useReviewedScores(model.id);
  const pixels = useReviewedPixels(model.id);
  return (
    <Loaded query={scores}>
      {(columns) =>
        columns.images.length === 0 ? (
          <Nothing title={t("noAnswers")} hint={t("noAnswersHint")} to={`/datasets/${datasetId}/review`}>
            {t("toReview")}
          </Nothing>
        ) : (
          <Stack gap="xl">
            <WhatIf model={model} columns={columns} pixels={pixels.data} datasetId={datasetId} />
            <ThresholdHistory modelId={model.id} />
          </Stack>
        )
      }
    </Loaded>
  );
}

interface NothingProps {
  title: string;
  hint: string;
  to: string;
  children: string;
}

function Nothing({ title, hint, to, children }: NothingProps) {
  return (
    <EmptyState
      icon={<IconAdjustments size={28} />}
      title={title}
      action={
        <Button component={Link} to={to}>
          {children}
        </Button>
      }
    >
      {hint}
    </EmptyState>
  );
}
