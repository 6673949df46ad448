import { Button, Center, Paper, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { IconCircleCheck, IconPhoto } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { formatCount } from "@/components/format";
import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { CancelJobButton } from "@/components/jobs/CancelJobButton";
import { JobProgress, JobStateBadge } from "@/components/jobs/JobProgress";
import { Page } from "@/components/layout/Page";
import { isRunning, jobQuery } from "@/lib/data/jobs";
import { allRows } from "@/lib/data/pages";

import { OUTCOMES } from "./OutcomeBadges";
import { deliveryQuery, itemsQuery, type Delivery, type DeliveryItem, type Outcome } from "./useImports";

/** One import: progress, and a line for each file that was refused and why. */
export function DeliveryPage() {
  const { t } = useTranslation("imports");
  const { datasetId, importId } = useParams();
  const delivery = useQuery(deliveryQuery(importId!));
  const job = useQuery({ ...jobQuery(delivery.data?.job?.id ?? ""), enabled: Boolean(delivery.data?.job) });
  return (
    <Page
      title={job.data?.title ?? t("import")}
      maxWidth_px={1000}
      actions={
        <>
          {job.data && <CancelJobButton job={job.data} />}
          <Button
            component={Link}
            to={`/datasets/${datasetId}/images`}
            size="xs"
            leftSection={<IconPhoto size={16} />}
          >
            {t("seeImages")}
          </Button>
        </>
      }
    >
      {job.data && (
        <Paper withBorder p="md">
          <Stack gap="xs">
            <div>
              <JobStateBadge job={job.data} />
            </div>
            <JobProgress job={job.data} />
          </Stack>
        </Paper>
      )}
      <Loaded query={delivery}>
        {(data) => <Items delivery={data} ended={job.data ? !isRunning(job.data) : true} />}
      </Loaded>
    </Page>
  );
}

function Items({ delivery, ended }: { delivery: Delivery; ended: boolean }) {
  const { t } = useTranslation("imports");
  const [outcome, setOutcome] = useState<Outcome>("refused");
  const items = useInfiniteQuery(itemsQuery(delivery.id, outcome));
  const rows = allRows(items.data);
  return (
    <Stack gap="sm">
      <SegmentedControl
        size="xs"
        style={{ alignSelf: "flex-start" }}
        aria-label={t("outcome")}
        value={outcome}
        onChange={(value) => setOutcome(value)}
        data={OUTCOMES.map((value) => ({
          value,
          label: t(`count.${value}`, { shown: formatCount(delivery.counts[value]) }),
        }))}
      />
      <Loaded query={items}>
        {() =>
          rows.length === 0 ? (
            <EmptyState icon={<IconCircleCheck size={28} />} title={t(`none.${outcome}`)}>
              {ended ? null : t("stillRunning")}
            </EmptyState>
          ) : (
            <ItemTable items={rows} />
          )
        }
      </Loaded>
      {items.hasNextPage && (
        <Center>
          <Button
            variant="default"
            loading={items.isFetchingNextPage}
            onClick={() => void items.fetchNextPage()}
          >
            {t("common:action.more")}
          </Button>
        </Center>
      )}
    </Stack>
  );
}

function ItemTable({ items }: { items: DeliveryItem[] }) {
  const { t } = useTranslation("imports");
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="45%">{t("file")}</Table.Th>
            <Table.Th>{t("reason")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={item.id}>
              <Table.Td>
                <Text size="sm" ff="monospace" style={{ overflowWrap: "anywhere" }}>
                  {item.path}
                </Text>
              </Table.Td>
              <Table.Td>
                <Text size="sm">{item.reason}</Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
