import { Grid, Group, Stack, Text } from "@mantine/core";
import { IconLicense } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { CountsBar } from "@/components/counts/CountsBar";
import { Loaded } from "@/components/feedback/Loaded";
import { Page } from "@/components/layout/Page";
import { metricValue, type Metrics } from "@/components/metrics/metrics";
import { datasetQuery } from "@/lib/data/datasets";
import { modelsQuery } from "@/lib/data/models";
import type { Dataset } from "@/lib/data/types";

import { Lacks } from "./Lacks";
import { ModelCard } from "./ModelCard";
import { QueueCard } from "./QueueCard";
import { SplitTable } from "./SplitTable";
import { Steps } from "./Steps";
import { stepsOf } from "./steps";
import { useQueue, useStats } from "./useOverview";

/** One dataset: what to do next, and how it is doing. */
export function OverviewPage() {
  const datasetId = useParams()["datasetId"]!;
  const dataset = useQuery(datasetQuery(datasetId));
  return (
    <Loaded query={dataset}>
      {(data) => (
        <Page title={data.name} description={<About dataset={data} />} maxWidth_px={1200}>
          <Overview dataset={data} />
        </Page>
      )}
    </Loaded>
  );
}

function About({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation("overview");
  return (
    <Stack gap={4} mt={4}>
      {dataset.description && <Text size="sm">{dataset.description}</Text>}
      {dataset.licence && (
        <Group gap={6} wrap="nowrap">
          <IconLicense size={16} />
          <Text size="sm">{t("licence", { licence: dataset.licence })}</Text>
        </Group>
      )}
    </Stack>
  );
}

function Overview({ dataset }: { dataset: Dataset }) {
  const stats = useStats(dataset.id);
  const models = useQuery(modelsQuery(dataset.id));
  const queue = useQueue(dataset.id);
  const base = `/datasets/${dataset.id}`;
  const champion = models.data?.find((model) => model.stage === "champion");
  const steps = stepsOf({
    images: dataset.counts.total,
    trainable: stats.data?.trainable ?? false,
    models: models.data ?? [],
    waiting: queue.data?.waiting ?? 0,
    newNormals: champion && stats.data ? newNormals(stats.data.pool, champion.metrics) : null,
  });
  return (
    <Stack gap="lg">
      {stats.data && models.data && <Steps steps={steps} base={base} />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <CountsBar counts={dataset.counts} />
            <Loaded query={stats}>
              {(data) => (
                <>
                  <SplitTable table={data.label_by_split} masks={data.masks} base={base} />
                  <Lacks lacks={data.lacks} base={base} />
                </>
              )}
            </Loaded>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <Loaded query={queue}>{(data) => <QueueCard queue={data} base={base} />}</Loaded>
            <Loaded query={models}>{() => <ModelCard champion={champion} base={base} />}</Loaded>
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

/** How many more normals the pool has than the champion was trained on. */
function newNormals(pool: number, metrics: Metrics): number {
  const trained = metricValue(metrics, "train_images");
  return trained === null ? 0 : Math.max(0, pool - trained);
}
