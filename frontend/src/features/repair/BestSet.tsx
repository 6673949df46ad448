import { Badge, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatDecimal } from "@/components/format";
import { isRunning } from "@/lib/data/jobs";

import classes from "./repair.module.css";
import type { GenerationRunDetail } from "./useRepair";

/** How the best set looks, and how well each set agreed with the prompt. */
export function BestSet({ run }: { run: Pick<GenerationRunDetail, "sheets" | "iterations" | "job"> }) {
  const { t } = useTranslation("repair");
  const newest = run.sheets.at(-1);
  return (
    <Stack component="section" gap="sm">
      <Title order={2} size="h5">
        {t(isRunning(run.job) ? "best" : "bestOfAll")}
      </Title>
      <Group align="flex-start" gap="lg">
        {newest && (
          <img
            className={classes["sheet"]}
            src={newest.picture_url}
            alt={t("bestOf", { iteration: newest.iteration + 1 })}
          />
        )}
        <Table w="auto" verticalSpacing={3} withRowBorders={false} aria-label={t("agreement")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("iteration")}</Table.Th>
              <Table.Th>{t("agreement")}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {run.iterations.map(({ index, score, best }) => (
              <Table.Tr key={index}>
                <Table.Td>{index + 1}</Table.Td>
                <Table.Td>
                  <Text size="sm" ff="monospace">
                    {formatDecimal(score, 4)}
                  </Text>
                </Table.Td>
                <Table.Td>
                  {best && (
                    <Badge size="xs" variant="light">
                      {t("bestMark")}
                    </Badge>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Group>
    </Stack>
  );
}
