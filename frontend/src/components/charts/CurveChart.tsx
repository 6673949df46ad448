import "@mantine/charts/styles.css";

import { LineChart } from "@mantine/charts";
import { SegmentedControl, Stack, Table } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatFigure } from "@/components/format";

/** MSPB has twelve losses. */
const COLOURS = [
  ...["signal.5", "orange.5", "blue.5", "grape.5", "yellow.5", "red.6"],
  ...["cyan.3", "lime.7", "pink.3", "gray.4", "indigo.3", "teal.9"],
];
const MAX_TABLE_ROWS = 200;

/** One point of several named curves. */
export type CurvePoint = Readonly<Record<string, number>>;

export interface CurveChartProps {
  /** Accessible name of the chart and its table. */
  label: string;
  points: readonly CurvePoint[];
  /** The name that is the horizontal axis. */
  axis: string;
}

/** Named curves as a drawing or, at a key press, as the numbers behind it. */
export function CurveChart({ label, points, axis }: CurveChartProps) {
  const { t } = useTranslation();
  const [view, setView] = useState("plot");
  const names = [...new Set(points.flatMap((point) => Object.keys(point)))].filter((name) => name !== axis);
  return (
    <Stack gap="xs">
      <SegmentedControl
        size="xs"
        aria-label={label}
        style={{ alignSelf: "flex-end" }}
        value={view}
        onChange={setView}
        data={[
          { value: "plot", label: t("chart.plot") },
          { value: "table", label: t("chart.table") },
        ]}
      />
      {view === "plot" ? (
        <figure aria-label={label} style={{ margin: 0 }}>
          <LineChart
            h={240}
            data={points.map((point) => ({ ...point }))}
            dataKey={axis}
            withLegend={names.length > 1}
            withDots={points.length < 40}
            curveType="linear"
            series={names.map((name, index) => ({ name, color: COLOURS[index % COLOURS.length] ?? "gray" }))}
            valueFormatter={formatFigure}
            connectNulls
          />
        </figure>
      ) : (
        <CurveTable label={label} points={points.slice(-MAX_TABLE_ROWS)} columns={[axis, ...names]} />
      )}
    </Stack>
  );
}

interface CurveTableProps {
  label: string;
  points: readonly CurvePoint[];
  columns: string[];
}

function CurveTable({ label, points, columns }: CurveTableProps) {
  return (
    <Table.ScrollContainer minWidth={300} mah={260}>
      <Table aria-label={label} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {columns.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {points.map((point, index) => (
            <Table.Tr key={index}>
              {columns.map((name) => (
                <Table.Td key={name}>{shown(point[name])}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const shown = (value: number | undefined) =>
  value !== undefined && Number.isInteger(value) ? String(value) : formatFigure(value);
