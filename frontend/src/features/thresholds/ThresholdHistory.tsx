import { Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Loaded } from "@/components/feedback/Loaded";
import { formatDecimal, formatMoment } from "@/components/format";

import { useThresholdHistory } from "./useThresholds";

const SHOWN = 12;

/** Who set which thresholds, when and why. */
export function ThresholdHistory({ modelId }: { modelId: string }) {
  const { t } = useTranslation("thresholds");
  const history = useThresholdHistory(modelId);
  return (
    <Stack component="section" gap="sm">
      <Title order={2} size="h4">
        {t("history")}
      </Title>
      <Loaded query={history}>
        {(sets) => (
          <Table.ScrollContainer minWidth={600}>
            <Table aria-label={t("history")} verticalSpacing={4}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("column.when")}</Table.Th>
                  <Table.Th ta="right">T1</Table.Th>
                  <Table.Th ta="right">T2</Table.Th>
                  <Table.Th ta="right">{t("pixelMark")}</Table.Th>
                  <Table.Th>{t("column.who")}</Table.Th>
                  <Table.Th>{t("column.why")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {sets.slice(0, SHOWN).map((set) => (
                  <Table.Tr key={set.id}>
                    <Table.Td>{formatMoment(set.created_at)}</Table.Td>
                    <Table.Td ta="right">{formatDecimal(set.t1)}</Table.Td>
                    <Table.Td ta="right">{formatDecimal(set.t2)}</Table.Td>
                    <Table.Td ta="right">{formatDecimal(set.pixel_threshold)}</Table.Td>
                    <Table.Td>{set.author ?? t("computed")}</Table.Td>
                    <Table.Td>
                      <Text size="sm">
                        {set.reason || t("fromNormals", { count: set.calibration_normals })}
                      </Text>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Loaded>
    </Stack>
  );
}
