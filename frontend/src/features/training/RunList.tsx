import { Anchor, Table, Text } from "@mantine/core";
import { IconBrain } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { formatAgo } from "@/components/format";
import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { JobProgress, JobStateBadge } from "@/components/jobs/JobProgress";

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
          <Table.ScrollContainer minWidth={680}>
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("run")}</Table.Th>
                  <Table.Th w={130}>{t("trigger")}</Table.Th>
                  <Table.Th w={110}>{t("state")}</Table.Th>
                  <Table.Th w="40%">{t("progress")}</Table.Th>
                  <Table.Th w={130}>{t("started")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((run) => (
                  <Table.Tr key={run.id}>
                    <Table.Td>
                      <Anchor
                        component={Link}
                        to={`/datasets/${datasetId}/train/${run.id}`}
                        size="sm"
                        fw={500}
                      >
                        {run.job.title}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>
                      <Text size="sm">{t(`by.${run.trigger}`)}</Text>
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
        )
      }
    </Loaded>
  );
}
