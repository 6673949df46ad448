import { Alert, Button, Group, Paper, SegmentedControl, Stack } from "@mantine/core";
import { IconHeartRateMonitor } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { formatAgo } from "@/components/format";
import { CancelJobButton } from "@/components/jobs/CancelJobButton";
import { JobProgress } from "@/components/jobs/JobProgress";
import { Page } from "@/components/layout/Page";
import { isRunning, jobQuery } from "@/lib/data/jobs";
import { useMay } from "@/lib/data/session";
import type { Job } from "@/lib/data/types";

import { FindingList } from "./FindingList";
import { MapPanel } from "./MapPanel";
import { PoolSummary } from "./PoolSummary";
import type { Report } from "./types";
import { reportsQuery, useLookAtPool } from "./usePool";

/** The health of a dataset's pool: what was found, and a map of it. */
export function PoolPage() {
  const { t } = useTranslation("pool");
  const datasetId = useParams()["datasetId"]!;
  const reports = useQuery(reportsQuery(datasetId));
  const look = useLookAtPool(datasetId);
  const mayWrite = useMay("write");
  const newest = reports.data?.newest;
  const running = newest ? isRunning(newest.job) : false;
  const ask = mayWrite && (
    <Button
      leftSection={<IconHeartRateMonitor size={16} />}
      loading={look.isPending}
      disabled={running}
      onClick={() => look.mutate()}
    >
      {t(newest ? "lookAgain" : "look")}
    </Button>
  );
  return (
    <Page title={t("title")} description={t("description")} actions={ask} maxWidth_px={1400}>
      <Loaded query={reports}>
        {({ newest: last, finished }) =>
          last === null ? (
            <EmptyState icon={<IconHeartRateMonitor size={28} />} title={t("never")} action={ask}>
              {t("neverHint")}
            </EmptyState>
          ) : (
            <Stack>
              {last.id !== finished?.id && <LatestJob job={last.job} />}
              {finished && <ReportView report={finished} datasetId={datasetId} mayWrite={mayWrite} />}
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

/** How far the newest report is, or why there is none. */
function LatestJob({ job }: { job: Job }) {
  const live = useQuery(jobQuery(job.id));
  const shown = live.data ?? job;
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <JobProgress job={shown} />
        {isRunning(shown) && (
          <Group>
            <CancelJobButton job={shown} />
          </Group>
        )}
      </Stack>
    </Paper>
  );
}

interface ReportViewProps {
  report: Report;
  datasetId: string;
  mayWrite: boolean;
}

function ReportView({ report, datasetId, mayWrite }: ReportViewProps) {
  const { t } = useTranslation("pool");
  const [search, setSearch] = useSearchParams();
  const view = search.get("view") === "map" ? "map" : "findings";
  const count = report.figures.images ?? 0;
  if (count === 0)
    return (
      <EmptyState icon={<IconHeartRateMonitor size={28} />} title={t("empty")}>
        {t("emptyHint")}
      </EmptyState>
    );
  return (
    <Stack>
      <PoolSummary
        figures={report.figures}
        made={t("madeAgo", { ago: formatAgo(report.created_at), count })}
      />
      {report.images_since > 0 && (
        <Alert color="gray" variant="light">
          {t("since", { count: report.images_since })}
        </Alert>
      )}
      <SegmentedControl
        aria-label={t("views")}
        value={view}
        onChange={(next) => setSearch(next === "map" ? { view: "map" } : {})}
        data={(["findings", "map"] as const).map((value) => ({ value, label: t(`view.${value}`) }))}
        style={{ alignSelf: "flex-start" }}
      />
      {view === "map" ? (
        <MapPanel reportId={report.id} datasetId={datasetId} mayWrite={mayWrite} />
      ) : (
        <FindingList report={report} mayWrite={mayWrite} />
      )}
    </Stack>
  );
}
