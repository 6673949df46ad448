import { Anchor, Button, Center, SegmentedControl, Table, Text } from "@mantine/core";
import { IconListDetails } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { CancelJobButton } from "@/components/jobs/CancelJobButton";
import { JobProgress, JobStateBadge } from "@/components/jobs/JobProgress";
import { formatAgo } from "@/components/format";
import { Page } from "@/components/layout/Page";
import { api } from "@/lib/api/client";
import { allRows, nextCursor } from "@/lib/data/pages";
import type { Job } from "@/lib/data/types";

const STATES = ["all", "running", "queued", "failed", "succeeded", "cancelled"] as const;
const RUNNING_POLL_MS = 4000;

/** Every long task of the team, live. */
export function JobsPage() {
  const { t } = useTranslation("jobs");
  const [search, setSearch] = useSearchParams();
  const state = search.get("state") ?? "all";
  const jobs = useJobs(state);
  const rows = allRows(jobs.data);
  return (
    <Page
      title={t("title")}
      description={t("description")}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t("filter")}
          value={state}
          onChange={(value) => setSearch(value === "all" ? {} : { state: value })}
          data={STATES.map((value) => ({ value, label: t(value === "all" ? "all" : `common:job.${value}`) }))}
        />
      }
    >
      <Loaded query={jobs}>
        {() =>
          rows.length === 0 ? (
            <EmptyState icon={<IconListDetails size={28} />} title={t("empty")}>
              {t("emptyHint")}
            </EmptyState>
          ) : (
            <JobTable jobs={rows} />
          )
        }
      </Loaded>
      {jobs.hasNextPage && (
        <Center>
          <Button
            variant="default"
            loading={jobs.isFetchingNextPage}
            onClick={() => void jobs.fetchNextPage()}
          >
            {t("common:action.more")}
          </Button>
        </Center>
      )}
    </Page>
  );
}

function useJobs(state: string) {
  return useInfiniteQuery({
    queryKey: ["jobs", "list", state],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) =>
      (
        await api.GET("/api/v1/jobs/", {
          params: {
            query: {
              ...(state !== "all" && { state: state as Job["state"] }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
        })
      ).data!,
    getNextPageParam: nextCursor,
    refetchInterval: ({ state: { data } }) =>
      allRows(data).some((job) => job.state === "running") ? RUNNING_POLL_MS : false,
  });
}

function JobTable({ jobs }: { jobs: Job[] }) {
  const { t } = useTranslation("jobs");
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table verticalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("job")}</Table.Th>
            <Table.Th w={110}>{t("state")}</Table.Th>
            <Table.Th w="40%">{t("progress")}</Table.Th>
            <Table.Th w={130}>{t("created")}</Table.Th>
            <Table.Th w={100} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {jobs.map((job) => (
            <Table.Tr key={job.id}>
              <Table.Td>
                <Anchor component={Link} to={`/jobs/${job.id}`} size="sm" fw={500}>
                  {job.title}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <JobStateBadge job={job} />
              </Table.Td>
              <Table.Td>
                <JobProgress job={job} />
              </Table.Td>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {formatAgo(job.created_at)}
                </Text>
              </Table.Td>
              <Table.Td>
                <CancelJobButton job={job} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
