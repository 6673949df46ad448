import { Stack, Text, Title } from "@mantine/core";
import { memo, useCallback, useMemo, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { formatCount, formatDecimal } from "@/components/format";
import type { components } from "@/lib/api/schema";

import { flipsBetween, type Cut, type FlipRun, type SortedScores } from "./imageRates";
import classes from "./thresholds.module.css";

const SHOWN = 50;

interface FlipListProps {
  sorted: SortedScores;
  columns: components["schemas"]["ReviewedScores"];
  before: Cut;
  after: Cut;
  datasetId: string;
}

interface Flip {
  place: number;
  run: FlipRun;
}

/** The images that would change their band, those that would become a mistake first. */
export const FlipList = memo(function FlipList({ sorted, columns, before, after, datasetId }: FlipListProps) {
  const { t } = useTranslation("thresholds");
  const runs = useMemo(() => flipsBetween(sorted, before, after), [sorted, before, after]);
  const count = runs.reduce((total, { start, end }) => total + end - start, 0);
  const shown = useMemo(() => worstFirst(runs, sorted, columns.defective), [runs, sorted, columns]);
  const names = useMemo(
    () => ({ pass: t("common:band.pass"), review: t("common:band.review"), fail: t("common:band.fail") }),
    [t],
  );
  const navigate = useNavigate();
  const follow = useCallback(
    (event: MouseEvent<HTMLAnchorElement>) => {
      // With a key held it is the browser's.
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      void navigate(event.currentTarget.getAttribute("href")!);
    },
    [navigate],
  );
  return (
    <Stack component="section" gap="sm" aria-label={t("flips")}>
      <Title order={2} size="h4">
        {t("flipCount", { count, shown: formatCount(count) })}
      </Title>
      {count === 0 ? (
        <Text size="sm" c="dimmed">
          {t("noFlips")}
        </Text>
      ) : (
        <div className={classes["scroll"]}>
          <table className={classes["flips"]} aria-label={t("flips")}>
            <thead>
              <tr>
                <th>{t("column.image")}</th>
                <th>{t("column.label")}</th>
                <th className={classes["number"]}>{t("column.score")}</th>
                <th>{t("column.band")}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ place, run }) => (
                <FlipRow
                  key={columns.images[place]}
                  to={`/datasets/${datasetId}/images/${columns.images[place]!}/history`}
                  filename={columns.filenames[place]!}
                  label={t(`common:label.${columns.defective[place] ? "defective" : "normal"}`)}
                  score={columns.scores[place]!}
                  before={run.from}
                  after={run.to}
                  names={names}
                  onFollow={follow}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {count > shown.length && (
        <Text size="xs" c="dimmed">
          {t("moreFlips", { count: count - shown.length })}
        </Text>
      )}
    </Stack>
  );
});

interface FlipRowProps {
  to: string;
  filename: string;
  label: string;
  score: number;
  before: FlipRun["from"];
  after: FlipRun["to"];
  names: Record<FlipRun["from"], string>;
  onFollow: (event: MouseEvent<HTMLAnchorElement>) => void;
}

/** Plain elements without hooks: a drag brings fifty new rows at once. */
const FlipRow = memo(function FlipRow({
  to,
  filename,
  label,
  score,
  before,
  after,
  names,
  onFollow,
}: FlipRowProps) {
  return (
    <tr>
      <td>
        <a className={classes["link"]} href={to} onClick={onFollow}>
          {filename}
        </a>
      </td>
      <td>{label}</td>
      <td className={classes["number"]}>{formatDecimal(score)}</td>
      <td>
        <span className={classes["band"]} data-band={before}>
          {names[before]}
        </span>
        {" → "}
        <span className={classes["band"]} data-band={after}>
          {names[after]}
        </span>
      </td>
    </tr>
  );
});

/** Up to `SHOWN` flips: defects that would pass, normal images that would fail, then the others. */
function worstFirst(runs: readonly FlipRun[], sorted: SortedScores, defective: ArrayLike<number>): Flip[] {
  const mistakes: Flip[] = [];
  const others: Flip[] = [];
  for (const run of runs) {
    // A run can hold most of 100,000 images: looking further than is shown would cost the drag its pace.
    for (let i = run.start; i < run.end && mistakes.length < SHOWN; i++) {
      const place = sorted.order[i]!;
      const isMistake = defective[place] ? run.to === "pass" : run.to === "fail";
      if (isMistake) mistakes.push({ place, run });
      else if (others.length < SHOWN) others.push({ place, run });
    }
  }
  return [...mistakes, ...others].slice(0, SHOWN);
}
