import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { formatMoment } from "@/components/format";
import { Loaded } from "@/components/feedback/Loaded";

import { promotionsQuery } from "./useModels";

/** Changes of champion, newest first. */
export function PromotionList({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("models");
  const promotions = useQuery(promotionsQuery(datasetId));
  return (
    <Loaded query={promotions}>
      {(rows) =>
        rows.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t("noPromotions")}
          </Text>
        ) : (
          <Table verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={200}>{t("when")}</Table.Th>
                <Table.Th w={140}>{t("who")}</Table.Th>
                <Table.Th w={200}>{t("change")}</Table.Th>
                <Table.Th>{t("reason")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.id}>
                  <Table.Td>{formatMoment(row.created_at)}</Table.Td>
                  <Table.Td>{row.author ?? t("system")}</Table.Td>
                  <Table.Td>
                    {row.previous_number === null
                      ? t("first", { number: row.number })
                      : t("fromTo", { from: row.previous_number, to: row.number })}
                  </Table.Td>
                  <Table.Td>{row.reason}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )
      }
    </Loaded>
  );
}
