import { Button, Center, Code, Group, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatMoment } from "@/components/format";
import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { Page } from "@/components/layout/Page";
import { api } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import { allRows, nextCursor } from "@/lib/data/pages";

type AuditEntry = components["schemas"]["AuditOut"];

const TYPING_MS = 300;

/** Who did what to which object, newest first. */
export function AuditPage() {
  const { t } = useTranslation("audit");
  const [text, setText] = useState("");
  const [action] = useDebouncedValue(text.trim(), TYPING_MS);
  const audit = useAudit(action);
  const rows = allRows(audit.data);
  return (
    <Page
      title={t("title")}
      description={t("description")}
      actions={
        <TextInput
          size="xs"
          w={260}
          aria-label={t("filter")}
          placeholder={t("filter")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      }
    >
      <Loaded query={audit}>
        {() =>
          rows.length === 0 ? (
            <EmptyState icon={<IconHistory size={28} />} title={t(action ? "noMatch" : "empty")}>
              {t(action ? "noMatchHint" : "emptyHint")}
            </EmptyState>
          ) : (
            <AuditTable entries={rows} />
          )
        }
      </Loaded>
      {audit.hasNextPage && (
        <Center>
          <Button
            variant="default"
            loading={audit.isFetchingNextPage}
            onClick={() => void audit.fetchNextPage()}
          >
            {t("common:action.more")}
          </Button>
        </Center>
      )}
    </Page>
  );
}

function useAudit(action: string) {
  return useInfiniteQuery({
    queryKey: ["audit", action],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) =>
      (
        await api.GET("/api/v1/audit/", {
          params: { query: { ...(action && { action }), ...(pageParam && { cursor: pageParam }) } },
        })
      ).data!,
    getNextPageParam: nextCursor,
  });
}

function AuditTable({ entries }: { entries: AuditEntry[] }) {
  const { t } = useTranslation("audit");
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={190}>{t("when")}</Table.Th>
            <Table.Th w={140}>{t("who")}</Table.Th>
            <Table.Th w={200}>{t("what")}</Table.Th>
            <Table.Th>{t("details")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {formatMoment(entry.created_at)}
                </Text>
              </Table.Td>
              <Table.Td>{entry.actor ?? t("system")}</Table.Td>
              <Table.Td>
                <Code>{entry.action}</Code>
              </Table.Td>
              <Table.Td>
                <Group gap={4}>
                  <Text
                    size="xs"
                    w={260}
                    c="dimmed"
                    lineClamp={2}
                    ff="monospace"
                    style={{ overflowWrap: "anywhere" }}
                  >
                    {described(entry.detail)}
                  </Text>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The details of an entry on one line: `name: Line 1 · role: owner`. */
export function described(detail: unknown): string {
  if (typeof detail !== "object" || detail === null) return "";
  return Object.entries(detail)
    .map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" · ");
}
