import { Anchor, Badge, Group, NavLink, Paper, Stack, Text, Title } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconMoodSmile } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { formatAgo, formatPercent } from "@/components/format";
import { MaskComparison } from "@/components/masks/MaskComparison";
import { useDefectRuns } from "@/components/masks/useDefectRuns";
import { useMay } from "@/lib/data/session";

import { SideCard } from "./SideCard";
import { useImage, useOpenDisagreements, useSettle, type Disagreement, type Side } from "./useDisagreements";

/** Verdicts that do not fit together, one after the other, each to be settled with one key. */
export function OpenList({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation("disagreements");
  const open = useOpenDisagreements(datasetId);
  return (
    <Loaded query={open}>
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState icon={<IconMoodSmile size={28} />} title={t("empty")}>
            {t("emptyHint")}
          </EmptyState>
        ) : (
          <Settling rows={rows} />
        )
      }
    </Loaded>
  );
}

function Settling({ rows }: { rows: Disagreement[] }) {
  const { t } = useTranslation("disagreements");
  const [chosen, setChosen] = useState<string | null>(null);
  const place = Math.max(
    0,
    rows.findIndex(({ id }) => id === chosen),
  );
  const move = (by: number): void => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, place + by))];
    setChosen(next?.id ?? null);
  };
  useHotkeys([
    ["J", () => move(1)],
    ["K", () => move(-1)],
  ]);
  return (
    <Group align="flex-start" wrap="nowrap" gap="lg">
      <Stack component="nav" gap={2} w={240} aria-label={t("tab.open")} style={{ flexShrink: 0 }}>
        {rows.map((row, i) => (
          <NavLink
            key={row.id}
            component="button"
            active={i === place}
            label={row.filename}
            description={`${t(`cause.${row.cause}`)} · ${formatAgo(row.created_at)}`}
            onClick={() => setChosen(row.id)}
          />
        ))}
        <Text size="xs" c="dimmed" mt="xs">
          {t("keys")}
        </Text>
      </Stack>
      <One key={rows[place]!.id} row={rows[place]!} />
    </Group>
  );
}

function One({ row }: { row: Disagreement }) {
  const { t } = useTranslation("disagreements");
  const mayWrite = useMay("write");
  const settle = useSettle();
  const decide = (side: Side | null): void => {
    if (side && mayWrite && !settle.isPending) settle.mutate({ id: row.id, side, comment: "" });
  };
  useHotkeys([
    ["1", () => decide(row.first)],
    ["2", () => decide(row.second)],
  ]);
  const names = [row.first?.reviewer ?? t("nobody"), row.second.reviewer ?? t("nobody")] as const;
  return (
    <Stack flex={1} miw={0}>
      <Group gap="sm">
        <Title order={2} size="h4">
          {row.filename}
        </Title>
        <Badge variant="light" color="yellow">
          {t(`cause.${row.cause}`)}
        </Badge>
        {row.mask_agreement !== null && (
          <Text size="sm">{t("overlap", { share: formatPercent(row.mask_agreement, 0) })}</Text>
        )}
        <Anchor
          component={Link}
          size="sm"
          ml="auto"
          to={`/datasets/${row.dataset}/images/${row.image}/history`}
        >
          {t("history")}
        </Anchor>
      </Group>
      <Comparison row={row} names={names} />
      <Group grow align="stretch">
        {([row.first, row.second] as const).map((side, i) => (
          <SideCard
            key={side?.id ?? "nobody"}
            side={side}
            number={i + 1}
            disabled={!mayWrite || settle.isPending}
            onChoose={() => decide(side)}
          />
        ))}
      </Group>
      {!mayWrite && (
        <Text size="sm" c="dimmed">
          {t("needsCurator")}
        </Text>
      )}
    </Stack>
  );
}

function Comparison({ row, names }: { row: Disagreement; names: readonly [string, string] }) {
  const image = useImage(row.image);
  const first = useDefectRuns(row.first?.mask_revision);
  const second = useDefectRuns(row.second.mask_revision);
  if (!image.data || !first || !second) return <Paper withBorder h={300} />;
  return (
    <MaskComparison
      imageUrl={image.data.content_url}
      widthPx={image.data.width_px}
      heightPx={image.data.height_px}
      first={first}
      second={second}
      firstName={names[0]}
      secondName={names[1]}
    />
  );
}
