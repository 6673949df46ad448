import { Badge, Button, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatDecimal, formatFigure } from "@/components/format";

import type { GenerationWord } from "./useRepair";

interface WordTableProps {
  words: readonly GenerationWord[];
  /** Offered beside each word; without it the table only tells. */
  onUse?: (prompt: string) => void;
}

/** The best ones tell; more are shown when asked for. */
const SHOWN_FIRST = 6;
const COLOURS = { chosen: "signal", kept: "gray", outlier: "yellow" } as const;

/** Candidate words with their scores, the chosen one first. */
export function WordTable({ words, onUse }: WordTableProps) {
  const { t } = useTranslation("repair");
  const [showsAll, setShowsAll] = useState(false);
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
          {(showsAll ? words : words.slice(0, SHOWN_FIRST)).map((word) => (
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
      {!showsAll && words.length > SHOWN_FIRST && (
        <Button variant="subtle" size="compact-sm" w="fit-content" onClick={() => setShowsAll(true)}>
          {t("allWords", { count: words.length })}
        </Button>
      )}
    </Stack>
  );
}
