import { Anchor, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { formatAgo } from "@/components/format";
import { JobProgress, JobStateBadge, type JobLook } from "@/components/jobs/JobProgress";

interface Run {
  id: string;
  job: JobLook & { title: string };
  created_at: string;
}

interface RunTableProps<Shown extends Run> {
  runs: readonly Shown[];
  pathOf: (run: Shown) => string;
  /** The one column in which kinds of runs differ. */
  detailHead: string;
  detailOf: (run: Shown) => ReactNode;
}

/** Runs of some kind, each leading to its own page, with how far it is. */
export function RunTable<Shown extends Run>({ runs, pathOf, detailHead, detailOf }: RunTableProps<Shown>) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer minWidth={680}>
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("runs.run")}</Table.Th>
            <Table.Th w={130}>{detailHead}</Table.Th>
            <Table.Th w={110}>{t("runs.state")}</Table.Th>
            <Table.Th w="40%">{t("runs.progress")}</Table.Th>
            <Table.Th w={130}>{t("runs.started")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Table.Tr key={run.id}>
              <Table.Td>
                <Anchor component={Link} to={pathOf(run)} size="sm" fw={500}>
                  {run.job.title}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <Text size="sm">{detailOf(run)}</Text>
              </Table.Td>
              <Table.Td>
                <JobStateBadge job={run.job} />
              </Table.Td>
              <Table.Td>
                <JobProgress job={run.job} />
              </Table.Td>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {formatAgo(run.created_at)}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
