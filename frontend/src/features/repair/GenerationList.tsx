import { Anchor, Table, Text } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { formatAgo } from "@/components/format";
import { JobProgress, JobStateBadge } from "@/components/jobs/JobProgress";

import { generationsQuery } from "./useRepair";

/** Earlier and present generation runs of a dataset. */
export function GenerationList({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("repair");
  const runs = useQuery(generationsQuery(datasetId));
  const heads = ["run", "state", "progress", "decided", "started"] as const;
  return (
    <Loaded query={runs}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState icon={<IconSparkles size={28} />} title={t("empty")}>
            {t("emptyHint")}
          </EmptyState>
        ) : (
          <Table.ScrollContainer minWidth={680}>
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  {heads.map((head) => (
                    <Table.Th key={head}>{t(head)}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((run) => (
                  <Table.Tr key={run.id}>
                    <Table.Td>
                      <Anchor
                        component={Link}
                        to={`/datasets/${datasetId}/repair/${run.id}`}
                        size="sm"
                        fw={500}
                      >
                        {run.job.title}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>
                      <JobStateBadge job={run.job} />
                    </Table.Td>
                    <Table.Td w="35%">
                      <JobProgress job={run.job} />
                    </Table.Td>
                    <Table.Td>
                      <Text size="sm">{t("ofCount", { approved: run.approved, count: run.count })}</Text>
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
