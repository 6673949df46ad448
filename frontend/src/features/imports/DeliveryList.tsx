import { Anchor, Group, Table, Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { formatAgo } from "@/components/format";
import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { JobProgress, JobStateBadge } from "@/components/jobs/JobProgress";

import { OutcomeBadges } from "./OutcomeBadges";
import { deliveriesQuery, type Delivery } from "./useImports";

/** Earlier and present imports of a dataset. */
export function DeliveryList({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("imports");
  const deliveries = useQuery(deliveriesQuery(datasetId));
  return (
    <Loaded query={deliveries}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState icon={<IconFileUpload size={28} />} title={t("empty")}>
            {t("emptyHint")}
          </EmptyState>
        ) : (
          <Table.ScrollContainer minWidth={620}>
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("source")}</Table.Th>
                  <Table.Th w="35%">{t("progress")}</Table.Th>
                  <Table.Th>{t("outcome")}</Table.Th>
                  <Table.Th w={130}>{t("when")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((delivery) => (
                  <DeliveryRow key={delivery.id} delivery={delivery} datasetId={datasetId} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )
      }
    </Loaded>
  );
}

function DeliveryRow({ delivery, datasetId }: { delivery: Delivery; datasetId: string }) {
  const { t } = useTranslation("imports");
  const { job } = delivery;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/datasets/${datasetId}/import/${delivery.id}`} size="sm" fw={500}>
          {t(`kind.${delivery.source}`)}
        </Anchor>
      </Table.Td>
      <Table.Td>
        {job && (
          <Group gap="xs" wrap="nowrap">
            <JobStateBadge job={job} />
            <div style={{ flex: 1 }}>
              <JobProgress job={job} />
            </div>
          </Group>
        )}
      </Table.Td>
      <Table.Td>
        <OutcomeBadges counts={delivery.counts} />
      </Table.Td>
      <Table.Td>
        <Text size="sm" c="dimmed">
          {formatAgo(delivery.created_at)}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
