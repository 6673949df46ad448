import "@mantine/charts/styles.css";

import { LineChart } from "@mantine/charts";
import { Stack, Table, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { formatPercent } from "@/components/format";

import { useAgreement, type ReviewerWeek } from "./useDisagreements";

const COLOURS = ["signal.5", "orange.5", "blue.5", "grape.5", "yellow.5", "red.5"];

/** How often each person's verdicts fit what somebody else said of the same image, week by week. */
export function Agreement({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("disagreements");
  const agreement = useAgreement(datasetId);
  return (
    <Loaded query={agreement}>
      {(weeks) =>
        weeks.length === 0 ? (
          <EmptyState icon={<IconUsers size={28} />} title={t("agreement.empty")}>
            {t("agreement.emptyHint")}
          </EmptyState>
        ) : (
          <Stack gap="lg">
            <Text size="sm" c="dimmed">
              {t("agreement.hint")}
            </Text>
            <Curves weeks={weeks} />
            <Numbers weeks={weeks} />
          </Stack>
        )
      }
    </Loaded>
  );
}

function Curves({ weeks }: { weeks: ReviewerWeek[] }) {
  const { t } = useTranslation("disagreements");
  const people = [...new Set(weeks.map(({ reviewer }) => reviewer))];
  const points = [...new Set(weeks.map(({ week }) => week))].map((week) => ({
    week,
    ...Object.fromEntries(
      weeks
        .filter((row) => row.week === week && row.compared > 0)
        .map((row) => [row.reviewer, row.agreed / row.compared]),
    ),
  }));
  return (
    <figure aria-label={t("agreement.chart")} style={{ margin: 0 }}>
      <LineChart
        h={240}
        data={points}
        dataKey="week"
        withLegend
        connectNulls
        curveType="linear"
        yAxisProps={{ domain: [0, 1] }}
        series={people.map((name, i) => ({ name, color: COLOURS[i % COLOURS.length]! }))}
        valueFormatter={(value) => formatPercent(value, 0)}
      />
    </figure>
  );
}

function Numbers({ weeks }: { weeks: ReviewerWeek[] }) {
  const { t } = useTranslation("disagreements");
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table aria-label={t("agreement.chart")} verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {["week", "reviewer", "compared", "agreed", "masks", "upheld", "overruled"].map((column) => (
              <Table.Th key={column}>{t(`agreement.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[...weeks].reverse().map((row) => (
            <Table.Tr key={row.week + row.reviewer}>
              <Table.Td>{row.week}</Table.Td>
              <Table.Td>{row.reviewer}</Table.Td>
              <Table.Td>{row.compared}</Table.Td>
              <Table.Td>{row.compared > 0 ? formatPercent(row.agreed / row.compared, 0) : "–"}</Table.Td>
              <Table.Td>{formatPercent(row.mask_agreement, 0)}</Table.Td>
              <Table.Td>{row.upheld}</Table.Td>
              <Table.Td>{row.overruled}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
