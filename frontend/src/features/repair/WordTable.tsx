import { Badge, Button, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatDecimal, formatFigure } from "@/components/format";

import type { GenerationWord } from "./useRepair";

interface WordTableProps {
  words: readonly GenerationWord[];
  /** Offered beside each word; without it the table only tells. */
  onUse?: (prompt: string) => void;
}

const COLOURS = { chosen: "signal", kept: "gray", outlier: "yellow" } as const;

/** Candidate words with their scores, the chosen one first. */
export function WordTable({ words, onUse }: WordTableProps) {
  const { t } = useTranslation("repair");
  return (
    <Stack component="section" gap="xs">
      <Title order={2} size="h5">
        {t("words")}
      </Title>
      <Text size="sm" c="dimmed">
        {t("wordsHint")}
      </Text>
      <Table aria-label={t("words")} verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("prompt")}</Table.Th>
            <Table.Th>{t("similarity")}</Table.Th>
            <Table.Th>{t("distance")}</Table.Th>
            <Table.Th>{t("state")}</Table.Th>
            {onUse && <Table.Th />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {words.map((word) => (
            <Table.Tr key={word.word}>
              <Table.Td>{word.prompt}</Table.Td>
              <Table.Td>{formatDecimal(word.similarity)}</Table.Td>
              <Table.Td>{formatFigure(word.distance)}</Table.Td>
              <Table.Td>
                <Badge variant="light" size="sm" color={COLOURS[word.status]}>
                  {t(`status.${word.status}`)}
                </Badge>
              </Table.Td>
              {onUse && (
                <Table.Td ta="right">
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={t("useNamed", { prompt: word.prompt })}
                    onClick={() => onUse(word.prompt)}
                  >
                    {t("use")}
                  </Button>
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
