import { Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatDecimal, formatPercent } from "@/components/format";

import type { Comparison, Report } from "./useRepair";

const MEASURES = ["image_auroc", "pixel_auroc"] as const;

/** A change with its sign. */
const signed = (value: number): string => `${value >= 0 ? "+" : "−"}${formatDecimal(Math.abs(value))}`;

/** AUROC with and without the generated images, the interval of the difference, and what it shows. */
export function ReportFigures({ report }: { report: Report }) {
  const { t } = useTranslation("repair");
  const figures = report.figures!;
  const rows = MEASURES.flatMap((name) => {
    const compared: Comparison | null = figures[name];
    return compared ? [{ name: t(`metric.${name}`), compared }] : [];
  });
  return (
    <Stack gap="sm">
      {rows.map(({ name, compared }) => (
        <Text key={name} fw={600}>
          {t(`outcome.${compared.outcome}`, { metric: name })}
        </Text>
      ))}
      <Table aria-label={t("report")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("measure")}</Table.Th>
            <Table.Th>{t("without")}</Table.Th>
            <Table.Th>{t("with")}</Table.Th>
            <Table.Th>{t("difference")}</Table.Th>
            <Table.Th>{t("interval", { percent: formatPercent(figures.confidence, 0) })}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ name, compared }) => (
            <Table.Tr key={name}>
              <Table.Th fw={500}>{name}</Table.Th>
              <Table.Td>{formatDecimal(compared.without)}</Table.Td>
              <Table.Td>{formatDecimal(compared.with_generated)}</Table.Td>
              <Table.Td>{signed(compared.difference)}</Table.Td>
              <Table.Td>{`${signed(compared.low)} … ${signed(compared.high)}`}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed">
        {t("reportOf", {
          count: report.generated_images,
          seed: report.without.seed,
          normals: figures.test_normals,
          defects: figures.test_defectives,
        })}
      </Text>
    </Stack>
  );
}
