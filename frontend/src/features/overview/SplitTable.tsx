import { Anchor, Paper, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { formatCount } from "@/components/format";

const SPLITS = ["train", "validation", "test", "unassigned"] as const;
const LABELS = ["normal", "defective", "unlabelled"] as const;

interface SplitTableProps {
  table: Readonly<Record<string, Readonly<Record<string, number>>>>;
  masks: number;
  base: string;
}

/** Images by split and label; each number leads to those images. */
export function SplitTable({ table, masks, base }: SplitTableProps) {
  const { t } = useTranslation("overview");
  return (
    <Paper withBorder p="md" radius="md">
      <Title order={2} size="h5" mb="xs">
        {t("images")}
      </Title>
      <Table verticalSpacing={6} withRowBorders={false}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("split")}</Table.Th>
            {LABELS.map((label) => (
              <Table.Th key={label} ta="right">
                {t(`common:label.${label}`)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {SPLITS.map((split) => (
            <Table.Tr key={split}>
              <Table.Td>{t(`common:split.${split}`)}</Table.Td>
              {LABELS.map((label) => (
                <Table.Td key={label} ta="right">
                  <Anchor
                    component={Link}
                    to={`${base}/images?split=${split}&label=${label}`}
                    c={table[split]?.[label] ? "" : "dimmed"}
                    size="sm"
                  >
                    {formatCount(table[split]?.[label] ?? 0)}
                  </Anchor>
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt="xs">
        {t("masks", { count: masks })}
      </Text>
    </Paper>
  );
}
